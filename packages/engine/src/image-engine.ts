import type { BuildReach } from './build-reach.ts'
import type { ImageScan, ScanOutput } from './image-scan.ts'
import type { Site } from './site.ts'
import type { WorkContext } from './work-context.ts'

export interface RegistryCredential {
  username: string
  password: string
}

/** Where a Dockerfile is. */
export interface BuildSource {
  /** The checkout, and the context inside it. */
  contextDir: string
  /** Relative to the context. */
  dockerfile: string
}

export interface ImageBuild extends BuildSource {
  app: string
  /** A stage; undefined for the Dockerfile's last. The only stage of a Dockerfile is built under any name, and the log says so. */
  target: string | undefined
  tags: string[]
  labels: Record<string, string>
  args: Record<string, string>
  /** Mounted for the build only: name to value. */
  secrets: Record<string, string>
  noCache: boolean
  /** Keeps the layers that an untrusted build (a fork's pull request) makes from those of the branches. */
  cacheScope: string
  reach: BuildReach
}

export interface BuiltImage {
  /** `sha256:…` of the engine's own. */
  imageId: string
  /** Bytes as the engine counts them. */
  size: number
}

export interface ImagePush {
  /** `REGISTRY/NAME:TAG` of each tag to push: the image's own, then those that move on to later builds and are left to them. */
  tags: string[]
  /** The image that its own tag must still mean: one that has moved since the build is refused with `digest-mismatch`. */
  imageId: string
  credential: RegistryCredential | undefined
}

export interface PushedImage {
  /** `sha256:…` of the registry's manifest, read back from the registry and equal for all tags that were pushed. */
  digest: string
}

/** How an image means to be run. */
export interface ImageConfig {
  /** Its number; a name where the image's own /etc/passwd could not be asked for it. 0 where the image says nothing. */
  user: number | string
  /** Undefined: what the image's own /etc/passwd says of the user. */
  group: number | undefined
  /** Its HEALTHCHECK, as a command and how long one may take. */
  health: { command: string[]; timeoutMs: number | undefined } | undefined
  /** The TCP ports that it EXPOSEs. */
  ports: number[]
}

/** Makes images and moves them. Every method is safe to repeat. Failures are `FailureError`s. */
export interface ImageEngine {
  /** What it builds on, without which it can neither build nor push. */
  site: Site
  /** Whether secrets can be mounted and cache scopes hold. */
  describe(signal: AbortSignal): Promise<{ buildkit: boolean; version: string }>
  /** The names of the Dockerfile's stages in their order, in lower case; undefined for one without a name. */
  listStages(source: BuildSource, signal: AbortSignal): Promise<(string | undefined)[]>
  build(build: ImageBuild, context: WorkContext): Promise<BuiltImage>
  /** Gives an image that the engine has these tags, all of them or none. */
  tag(imageId: string, tags: string[], context: WorkContext): Promise<void>
  /**
   * Has a tool look for vulnerabilities in an image of the engine's. The tool gets the image as a file, no rights and, while it has the
   * image, no network.
   * @throws FailureError `scan-unavailable`, `image-missing`, `resource-exceeded`, …
   */
  scan(scan: ImageScan, context: WorkContext): Promise<ScanOutput>
  push(push: ImagePush, context: WorkContext): Promise<PushedImage>
  /** The manifest digest behind a tag or digest at its registry; undefined when it is not there. */
  resolve(
    reference: string,
    credential: RegistryCredential | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined>
  /**
   * Reads how an image means to be run, at the engine or at its registry; undefined when it is at neither. For the number of a user's
   * name the image may be brought to the engine.
   */
  readConfig(
    reference: string,
    credential: RegistryCredential | undefined,
    context: WorkContext,
  ): Promise<ImageConfig | undefined>
  /** Removes tags and images from the engine; one that is in use or absent stays or counts as done. */
  remove(references: string[], signal: AbortSignal): Promise<void>
  /** Removes what lost scans left, and the databases of tools other than these images. */
  tidyScans(tools: readonly string[], signal: AbortSignal): Promise<void>
  /** Removes what a lost attempt of this job left half built. */
  reapBuild(jobId: string, signal: AbortSignal): Promise<void>
}
