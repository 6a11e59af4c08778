/** Where a build may reach outside its context, apart from what its steps do on the network of their containers. */
export interface BuildReach {
  /** Whether files of addresses are added at all: not for code that is not trusted, which gets images of well-known registries alone. */
  addresses: boolean
  /** Repositories of other apps from which this one may not build, each by `nameRepository`. */
  foreign: readonly string[]
  /** The app's own registries, which may be anywhere. */
  registries: readonly string[]
  /** Hosts and addresses on private networks that the operator vouches for. */
  allowedHosts: readonly string[]
  /** Names of images that may read a Dockerfile (`# syntax=`) beside the official one. */
  frontends: readonly string[]
  /** The most that one file or one repository of an address may be. */
  maxBytes: number
}
