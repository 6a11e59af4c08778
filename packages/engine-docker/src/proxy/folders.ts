/** Where everything lives in the proxy's volume. Places are files of their own, so that no change touches another's. */
export const proxyFolders = {
  volume: '/var/lib/stevedore',
  base: '/var/lib/stevedore/base',
  places: '/var/lib/stevedore/places',
  incoming: '/var/lib/stevedore/incoming',
  certs: '/var/lib/stevedore/certs',
  /** The sockets that links lead to. */
  links: '/var/lib/stevedore/links',
} as const
