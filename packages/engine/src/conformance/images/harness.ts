import type { ImageBuild, ImageEngine } from '../../image-engine.ts'

/**
 * What a build does for the target `production`. `plain` writes its argument NOTE and a line's end to `/note`. `fails` prints
 * `the reason` and ends with exit code 7. `endless` prints `sleeping` and goes on until it is ended. `missing-base` begins from an image
 * that its registry does not have, `missing-target` has two stages and none of that name, `one-stage` has one without a
 * name that does what `plain` does. `secret` writes the length of its secret TOKEN and a line's end to `/length`. `address` adds a
 * file of an address.
 */
export type BuildBehaviour =
  | 'plain'
  | 'fails'
  | 'endless'
  | 'missing-base'
  | 'missing-target'
  | 'one-stage'
  | 'secret'
  | 'address'

/** What is known of an image when nobody asks the engine under test. */
export interface SeenImage {
  imageId: string
  size: number
  labels: Record<string, string>
}

/** An engine and a registry that asks for no sign-in, seen from behind the engine's back. */
export interface ImageHarness {
  engine: ImageEngine
  /** `REGISTRY/NAME` of this test alone. */
  repository: string
  /** A build with tags of its own. */
  makeBuild(behaviour: BuildBehaviour, more?: Partial<ImageBuild>): ImageBuild
  /** @param reference a tag or an id; undefined when the engine has no such image */
  findImage(reference: string): Promise<SeenImage | undefined>
  readFile(imageId: string, path: string): Promise<string>
  /** All that the engine shows of an image: its history, its settings. */
  describeImage(imageId: string): Promise<string>
  /** Ids of the images that carry a job's label. */
  listImagesOf(jobId: string): Promise<string[]>
  /** Leaves an image without a tag, as a build whose worker was killed does; gives its id. */
  leaveHalfBuilt(jobId: string): Promise<string>
  /** Whether the step of an `endless` build runs. */
  isStepRunning(build: ImageBuild): Promise<boolean>
  /** The digest of the manifest that the registry has under a tag; undefined when it has none. */
  readDigest(tag: string): Promise<string | undefined>
  /** Removes whatever is left. */
  cleanup(): Promise<void>
}

export interface ImageTest {
  title: string
  run(harness: ImageHarness): Promise<void>
  /** Only for engines with BuildKit, or only for those without. */
  buildkit?: boolean
}

export const soon = (): AbortSignal => AbortSignal.timeout(60_000)
