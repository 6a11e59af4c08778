import { FailureError } from '@stevedore/contract'
import type { ImageEngine, ImagePush, PushedImage } from '../image-engine.ts'
import { labelKeys } from '../kit/label-keys.ts'
import type { WorkContext } from '../work-context.ts'
import { buildImage, setTags } from './build-image.ts'
import { digestOf, type FakeImageWorld, hasTag, openFakeImageWorld } from './image-world.ts'

export interface FakeImageOptions {
  /** Whether the builds can have secrets. Default: yes. */
  buildkit?: boolean
  /** Shared by the engines of several workers. */
  world?: FakeImageWorld
}

/** An ImageEngine in memory, with its registry. It keeps to the conformance suite. */
export function createFakeImageEngine({
  buildkit = true,
  world = openFakeImageWorld(),
}: FakeImageOptions = {}): ImageEngine {
  return {
    site: { name: 'docker', ping: async () => {} },
    describe: async () => ({ buildkit, version: 'fake' }),
    // Its builds have a stage of whatever name is asked for, and one without a name.
    listStages: async () => [undefined],
    async build(build, context) {
      if (Object.keys(build.secrets).length > 0 && !buildkit) throw new FailureError('secrets-need-buildkit')
      return buildImage(world, build, context)
    },
    tag: (imageId, tags, context) => setTags(world, imageId, tags, context),
    async scan({ imageId, tool }) {
      if (!world.images.has(imageId))
        throw new FailureError('image-missing', { diagnosis: `the engine has no ${imageId}` })
      const output = world.scans.get(tool)
      if (!output) throw new FailureError('scan-unavailable', { diagnosis: `there is no ${tool}` })
      return output
    },
    push: (push, context) => pushImage(world, push, context),
    resolve: async (reference) => world.registry.get(reference),
    readConfig: async (reference) => world.configs.get(reference),
    async remove(references) {
      for (const reference of references) removeReference(world, reference)
    },
    tidyScans: async () => {},
    async reapBuild(jobId) {
      for (const { imageId, labels } of world.images.values())
        if (labels[labelKeys.job] === jobId && !hasTag(world, imageId)) world.images.delete(imageId)
    },
  }
}

async function pushImage(
  world: FakeImageWorld,
  { tags, imageId }: ImagePush,
  { signal, fence, log, progress }: WorkContext,
): Promise<PushedImage> {
  const digest = digestOf(imageId)
  for (const [index, tag] of tags.entries()) {
    if (index > 0 && world.tags.get(tag) !== imageId) {
      log(`${tag} belongs to a later build and is left to it`)
      continue
    }
    requireTag(world, tag, imageId)
    await fence()
    signal.throwIfAborted()
    world.registry.set(tag, digest).set(`${tag.slice(0, tag.lastIndexOf(':'))}@${digest}`, digest)
  }
  progress(1)
  return { digest }
}

function requireTag({ tags }: FakeImageWorld, tag: string, imageId: string): void {
  if (!tags.has(tag)) throw new FailureError('image-missing', { diagnosis: `the engine has no ${tag}` })
  if (tags.get(tag) !== imageId) throw new FailureError('digest-mismatch', { diagnosis: `${tag} has moved` })
}

/** An image goes with its last tag. */
function removeReference(world: FakeImageWorld, reference: string): void {
  const imageId = world.tags.get(reference) ?? reference
  world.tags.delete(reference)
  if (!hasTag(world, imageId)) world.images.delete(imageId)
}
