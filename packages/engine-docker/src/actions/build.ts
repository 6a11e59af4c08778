import { type BuiltImage, type ImageBuild, labelKeys, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import type { TakenOut } from '../builder/hand-over.ts'
import { reportRises } from '../client/progress.ts'
import { explainIgnored } from '../failure/ignored.ts'
import { callEngine } from '../failure/translate.ts'
import { type JudgedDockerfile, readDockerfile } from '../state/dockerfile.ts'
import { buildContained } from './build-contained.ts'
import { guardFetches } from './guard-fetches.ts'
import { reapBuild } from './remove-images.ts'
import { type Builder, runBuild } from './run-build.ts'
import { tagImage } from './tag.ts'

/** The steps' share of the progress; tags and clearing up are the rest. */
const buildShare = 0.98

/** Builds without a tag, then sets all tags: a build that fails or is cancelled leaves no tag and no image behind. */
export async function buildImage(builder: Builder, build: ImageBuild, context: WorkContext): Promise<BuiltImage> {
  const dockerfile = await readDockerfile(build)
  const { target } = dockerfile
  if (target !== build.target) context.log(`the Dockerfile has one stage, which is built as ${build.target}`)
  const labelled = { ...build, target, labels: { ...build.labels, [labelKeys.job]: context.jobId } }
  const progress = reportRises((fraction) => context.progress(fraction * buildShare))
  await context.fence()
  try {
    const { imageId, release } = await makeImage(builder, labelled, dockerfile, { ...context, progress })
    await tagImage(builder.docker, imageId, build.tags, context).finally(release)
    const { Size: size } = await callEngine(() => builder.docker.getImage(imageId).inspect())
    context.progress(1)
    return { imageId, size }
  } catch (error) {
    await reapOwn(builder.docker, context)
    const own = (builder.contained ?? builder).client ? [`${build.dockerfile}.dockerignore`] : []
    throw await explainIgnored(error, build.contextDir, [...own, '.dockerignore'])
  }
}

/** By whichever builder it is; what is made is kept until `release`. */
async function makeImage(
  builder: Builder,
  build: ImageBuild,
  dockerfile: JudgedDockerfile,
  context: WorkContext,
): Promise<TakenOut> {
  if (builder.contained) return buildContained(builder, builder.contained, build, dockerfile, context)
  return { imageId: await runGuarded(builder, build, dockerfile, context), release: async () => {} }
}

async function runGuarded(
  builder: Builder,
  build: ImageBuild,
  dockerfile: JudgedDockerfile,
  context: WorkContext,
): Promise<string> {
  const guarding = { ...builder, isBuildKit: builder.client !== undefined, isContained: false }
  const { rewritten, release } = await guardFetches(guarding, build, dockerfile.text, context)
  try {
    return await runBuild(builder, build, { ...dockerfile, rewritten }, context)
  } finally {
    // What is left of it has no tag that anything else has, and goes with the next attempt to clear up.
    await release().catch(() => undefined)
  }
}

/** An abort comes well before the lease ends, which leaves the time for it. */
const reapMs = 3_000

/** Beyond a lost fence the job's images are its next attempt's. */
async function reapOwn(docker: Docker, { jobId, signal, fence }: WorkContext): Promise<void> {
  try {
    if (!signal.aborted) await fence()
    await reapBuild(docker, jobId, AbortSignal.timeout(reapMs))
  } catch {
    // What ended the build is what counts; the next attempt reaps as well.
  }
}
