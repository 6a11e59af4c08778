import { createInterface } from 'node:readline'
import { PassThrough, Readable } from 'node:stream'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'

export interface LogOptions {
  follow: boolean
  tailLines: number
  /** Each line begins with its time. Default: no. */
  timestamps?: boolean
  signal: AbortSignal
}

/** What a container prints, both outputs as they come, without line ends; nothing of one that is gone. The signal ends it quietly. */
export async function* readLines(container: Docker.Container, options: LogOptions): AsyncGenerator<string> {
  const { signal } = options
  const stream = await openLog(container, options)
  const stop = () => stream.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    yield* createInterface({ input: joinOutputs(container, stream), crlfDelay: Number.POSITIVE_INFINITY })
  } finally {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
}

/** Both outputs as one text, which ends when the stream does, however that is. */
function joinOutputs({ modem }: Docker.Container, stream: Readable): PassThrough {
  const text = new PassThrough()
  for (const end of ['end', 'close', 'error']) stream.once(end, () => text.end())
  modem.demuxStream(stream, text, text)
  return text
}

const maxLineLength = 2_000
const lastLinesMs = 10_000

export async function readLastLines(container: Docker.Container, count: number): Promise<string[]> {
  const lines: string[] = []
  const options = { follow: false, tailLines: count, signal: AbortSignal.timeout(lastLinesMs) }
  for await (const line of readLines(container, options)) lines.push(line.slice(0, maxLineLength))
  return lines.slice(-count)
}

async function openLog(
  container: Docker.Container,
  { follow, tailLines: tail, timestamps = false, signal: abortSignal }: LogOptions,
): Promise<Readable> {
  const common = { stdout: true, stderr: true, tail, timestamps, abortSignal }
  const open = async () => {
    if (follow) return (await container.logs({ ...common, follow: true })) as Readable
    return Readable.from([await container.logs({ ...common, follow: false })])
  }
  return (await callEngine(() => open().catch(ignoreStatus(404)), undefined, abortSignal)) ?? Readable.from([])
}
