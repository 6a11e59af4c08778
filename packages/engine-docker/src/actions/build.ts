import { type BuiltImage, type ImageBuild, labelKeys, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import type { WorkerCredentials } from '../client/registry/credentials.ts'
import { reportRises } from '../client/rising-progress.ts'
import { callEngine } from '../failure/translate.ts'
import { readDockerfile } from '../state/dockerfile.ts'
import { buildClassic } from './build-classic.ts'
import { buildWithBuildKit } from './build-with-buildkit.ts'
import { reapBuild } from './remove-images.ts'
import { tagImage } from './tag.ts'

export interface Builder {
  docker: Docker
  /** A client with BuildKit; undefined where there is none. */
  client: { path: string; env: Record<string, string> } | undefined
  credentials: WorkerCredentials
  memoryBytes: number | undefined
}

/** The steps' share of the progress; tags and clearing up are the rest. */
const buildShare = 0.98

/** Builds without a tag, then sets all tags: a build that fails or is cancelled leaves no tag and no image behind. */
export async function buildImage(builder: Builder, build: ImageBuild, context: WorkContext): Promise<BuiltImage> {
  const dockerfile = await readDockerfile(build)
  const labelled = { ...build, labels: { ...build.labels, [labelKeys.job]: context.jobId } }
  const progress = reportRises((fraction) => context.progress(fraction * buildShare))
  await context.fence()
  try {
    const imageId = await runBuild(builder, labelled, dockerfile, { ...context, progress })
    await tagImage(builder.docker, imageId, build.tags, context)
    const { Size: size } = await callEngine(() => builder.docker.getImage(imageId).inspect())
    context.progress(1)
    return { imageId, size }
  } catch (error) {
    await reapBuild(builder.docker, context.jobId, AbortSignal.timeout(3_000)).catch(() => undefined)
    throw error
  }
}

function runBuild(
  builder: Builder,
  build: ImageBuild,
  dockerfile: Awaited<ReturnType<typeof readDockerfile>>,
  context: WorkContext,
): Promise<string> {
  const { docker, client, credentials, memoryBytes } = builder
  if (client) return buildWithBuildKit(client, build, dockerfile, context)
  return buildClassic(docker, build, dockerfile, context, { registryConfig: credentials, memoryBytes })
}
