import { once } from 'node:events'
import { FailureError } from '@stevedore/contract'
import type { BuiltImage, ImageBuild } from '../image-engine.ts'
import { labelKeys } from '../kit/label-keys.ts'
import type { WorkContext } from '../work-context.ts'
import { addImage, type FakeImageWorld, hasTag } from './image-world.ts'

/** A build does what its argument BEHAVIOUR says: one of the conformance suite's, `plain` where there is none. */
export async function buildImage(world: FakeImageWorld, build: ImageBuild, context: WorkContext): Promise<BuiltImage> {
  context.signal.throwIfAborted()
  refuseBuild(build)
  if (build.args.BEHAVIOUR === 'one-stage')
    context.log(`the Dockerfile has one stage, which is built as ${build.target}`)
  await context.fence()
  context.log(`building ${build.target ?? 'the last stage'}`)
  await runStep(world, build, context)
  const { contextDir, dockerfile, target, args, secrets } = build
  const labels = { ...build.labels, [labelKeys.job]: context.jobId }
  const files = {
    '/source': JSON.stringify({ contextDir, dockerfile, target, args }),
    '/note': `${args.NOTE ?? ''}\n`,
    ...(secrets.TOKEN === undefined ? {} : { '/length': `${secrets.TOKEN.length}\n` }),
  }
  const { imageId, size } = addImage(world, { labels, files })
  await setTags(world, imageId, build.tags, context)
  context.progress(1)
  return { imageId, size }
}

function refuseBuild({ args, target, contextDir, reach }: ImageBuild): void {
  if (args.BEHAVIOUR === 'address' && !reach.addresses)
    throw new FailureError('address-not-allowed', { diagnosis: 'the code is not trusted' })
  if (args.BEHAVIOUR === 'missing-base')
    throw new FailureError('base-image-missing', { diagnosis: `${contextDir} begins from nothing that is there` })
  if (args.BEHAVIOUR === 'missing-target')
    throw new FailureError('target-missing', { diagnosis: `no stage is named ${target}` })
}

async function runStep({ running }: FakeImageWorld, { args, contextDir }: ImageBuild, { signal, log }: WorkContext) {
  if (args.BEHAVIOUR === 'fails')
    throw new FailureError('build-failed', { diagnosis: 'the step ended with exit code: 7\nthe reason' })
  if (args.BEHAVIOUR !== 'endless') return
  running.add(contextDir)
  log('sleeping')
  if (!signal.aborted) await once(signal, 'abort')
  running.delete(contextDir)
  throw signal.reason
}

/** All tags or none: when the work ends in between, those that were set return to what they meant before. */
export async function setTags(
  world: FakeImageWorld,
  imageId: string,
  tags: readonly string[],
  { fence, signal }: WorkContext,
): Promise<void> {
  const before = tags.map((tag) => [tag, world.tags.get(tag)] as const)
  try {
    for (const tag of tags) {
      await fence()
      signal.throwIfAborted()
      world.tags.set(tag, imageId)
    }
  } catch (error) {
    for (const [tag, meant] of before) restoreTag(world, tag, imageId, meant)
    if (!hasTag(world, imageId)) world.images.delete(imageId)
    throw error
  }
}

/** Someone else may have moved the tag meanwhile: then it stays. */
function restoreTag({ tags }: FakeImageWorld, tag: string, imageId: string, meant: string | undefined): void {
  if (tags.get(tag) !== imageId) return
  if (meant === undefined) tags.delete(tag)
  else tags.set(tag, meant)
}
