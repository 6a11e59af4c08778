import { relative } from 'node:path'
import { FailureError } from '@stevedore/contract'
import type { ImageBuild, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { capLines } from '../client/cap-lines.ts'
import { readMessages } from '../client/messages.ts'
import { packContext } from '../client/pack-context.ts'
import { explainBuildFailure } from '../failure/build.ts'
import { callEngine } from '../failure/translate.ts'
import { type ClassicOptions, classicOptions } from '../spec/build-options.ts'
import type { HandedDockerfile } from '../state/dockerfile.ts'

/**
 * Builds with the engine's own first builder, for where no client has BuildKit; gives the image's id. It has no secrets, and no cache
 * mounts that would need scopes.
 * @throws FailureError of the build, or the signal's reason
 */
export async function buildClassic(
  docker: Docker,
  build: ImageBuild,
  dockerfile: HandedDockerfile,
  context: WorkContext,
  options: ClassicOptions,
): Promise<string> {
  if (Object.keys(build.secrets).length > 0) throw new FailureError('secrets-need-buildkit')
  const { signal } = context
  const request = classicOptions(build, relative(build.contextDir, dockerfile.path), options)
  const source = await packContext(build.contextDir, request.dockerfile ?? '', dockerfile.rewritten)
  const start = () => docker.buildImage(source, { ...request, abortSignal: signal })
  const stream = await callEngine(start, 'build-failed', signal)
  return await callEngine(() => followBuild(stream, context), 'engine-unreachable', signal)
}

const keptLines = 20

async function followBuild(stream: NodeJS.ReadableStream, context: WorkContext): Promise<string> {
  let imageId: string | undefined
  let lastLines: string[] = []
  const lines = capLines((line) => {
    lastLines = [...lastLines.slice(1 - keptLines), line]
    tellLine(line, context)
  })
  for await (const message of readMessages(stream, context.signal)) {
    if (message.stream) {
      lines.take(Buffer.from(message.stream))
      await context.awaitRoom()
    }
    if (message.error) throw explainBuildFailure({ errors: [message.error], lastLines })
    imageId = message.aux?.ID ?? imageId
  }
  if (imageId) return imageId
  throw new FailureError('engine-unreachable', { diagnosis: 'the engine ended the build without an image' })
}

/** `Step 3/7 : RUN make` says how far the build is. */
function tellLine(line: string, { log, progress }: WorkContext): void {
  log(line)
  const [, step, steps] = /^Step (\d+)\/(\d+) : /.exec(line) ?? []
  if (step) progress((Number(step) - 1) / Number(steps))
}
