import { FailureError } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import { handOver, takeOut } from '../builder/hand-over.ts'
import type { OpenBuilder } from '../builder/open.ts'
import type { JudgedDockerfile } from '../state/dockerfile.ts'
import { guardFetches } from './guard-fetches.ts'
import { type Builder, runBuild } from './run-build.ts'

/**
 * Builds in the builder, which gets the images that the build takes and gives the one that it made.
 * @returns the image's id on the engine
 */
export async function buildContained(
  builder: Builder,
  { inner, client, isSame }: OpenBuilder,
  build: ImageBuild,
  dockerfile: JudgedDockerfile,
  context: WorkContext,
): Promise<string> {
  const engines = { docker: builder.docker, inner }
  const guarding = { ...builder, isBuildKit: client !== undefined, isContained: true }
  const { rewritten, images, release } = await guardFetches(guarding, build, dockerfile.text, context)
  try {
    for (const image of new Set(images)) await handOver(engines, image, builder.credentials, context)
    const within = { ...builder, docker: inner, client }
    const imageId = await runBuild(within, build, { ...dockerfile, rewritten }, context)
    return await takeOut(engines, imageId, context)
  } catch (error) {
    context.signal.throwIfAborted()
    // What a step ended with says nothing when all that ran has ended.
    if (!(await isSame()))
      throw new FailureError('builder-failed', { diagnosis: 'it ended while it built', cause: error })
    throw error
  } finally {
    // What is left of it has no tag that anything else has, and goes with the next attempt to clear up.
    await release().catch(() => undefined)
  }
}
