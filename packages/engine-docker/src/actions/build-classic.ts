import { relative } from 'node:path'
import { FailureError } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { capLines } from '../client/buildkit/cap-lines.ts'
import { readMessages } from '../client/messages.ts'
import { packContext } from '../client/pack-context.ts'
import { explainBuildFailure } from '../failure/build.ts'
import { callEngine } from '../failure/translate.ts'
import type { JudgedDockerfile } from '../state/dockerfile.ts'

interface ClassicOptions {
  registryConfig: Docker.RegistryConfig
  /** The most that one step may take. */
  memoryBytes: number | undefined
}

/**
 * Builds with the engine's own first builder, for where no client has BuildKit; gives the image's id. It has no secrets, and no cache
 * mounts that would need scopes.
 * @throws FailureError of the build, or the signal's reason
 */
export async function buildClassic(
  docker: Docker,
  build: ImageBuild,
  dockerfile: JudgedDockerfile,
  context: WorkContext,
  options: ClassicOptions,
): Promise<string> {
  if (Object.keys(build.secrets).length > 0) throw new FailureError('secrets-need-buildkit')
  const request = classicOptions(build, relative(build.contextDir, dockerfile.path), options)
  const { signal } = context
  const source = await packContext(build.contextDir, request.dockerfile ?? '')
  const start = () => docker.buildImage(source, { ...request, abortSignal: signal })
  const stream = await callEngine(start, 'build-failed', signal)
  return await callEngine(() => followBuild(stream, context), 'engine-unreachable', signal)
}

/** `forcerm` clears the containers of the steps even after a failure or a cancel. */
export function classicOptions(
  build: ImageBuild,
  dockerfile: string,
  { registryConfig, memoryBytes }: ClassicOptions,
): Docker.ImageBuildOptions {
  return {
    version: '1',
    dockerfile,
    buildargs: build.args,
    labels: build.labels,
    nocache: build.noCache,
    rm: true,
    forcerm: true,
    registryconfig: registryConfig,
    ...(build.target === undefined ? {} : { target: build.target }),
    ...(memoryBytes === undefined ? {} : { memory: memoryBytes, memswap: memoryBytes }),
  }
}

const keptLines = 20

async function followBuild(stream: NodeJS.ReadableStream, context: WorkContext): Promise<string> {
  let imageId: string | undefined
  let lastLines: string[] = []
  const lines = capLines((line) => {
    lastLines = [...lastLines.slice(1 - keptLines), line]
    context.log(line)
    const [, step, steps] = /^Step (\d+)\/(\d+) : /.exec(line) ?? []
    if (step) context.progress((Number(step) - 1) / Number(steps))
  })
  for await (const message of readMessages(stream, context.signal)) {
    if (message.stream) lines.take(Buffer.from(message.stream))
    if (message.error) throw explainBuildFailure({ errors: [message.error], lastLines })
    imageId = message.aux?.ID ?? imageId
  }
  if (!imageId)
    throw new FailureError('engine-unreachable', { diagnosis: 'the engine ended the build without an image' })
  return imageId
}
