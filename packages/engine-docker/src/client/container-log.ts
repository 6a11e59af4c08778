import { Readable } from 'node:stream'
import { cutText } from '@stevedore/contract'
import type { LogLine } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { readLogLines } from './log-frames.ts'

export interface LogOptions {
  follow: boolean
  /** How many of the lines that are there; absent: all. */
  tailLines?: number
  /** What was printed after this time alone: that of a line. */
  after?: string
  signal: AbortSignal
}

/** What a container prints, both outputs as they come, without line ends; nothing of one that is gone. The signal ends it quietly. */
export async function* readLines(container: Docker.Container, options: LogOptions): AsyncGenerator<LogLine> {
  const { signal, after = '' } = options
  const stream = await openLog(container, options)
  const stop = () => stream.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const line of readLogLines(untilEnd(stream))) if (line.at > after) yield line
  } finally {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
}

/** However a stream ends, it ends its log. */
async function* untilEnd(stream: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stream
  } catch {
    // It was cut off: the lines that came are told, and nobody waits for more.
  }
}

const longestLastLine = 2_000
const lastLinesMs = 10_000
/** Health checks may be most of what an app prints; they are passed over. */
const searchedLines = 1_000

/** @param isNoise what is passed over */
export async function readLastLines(
  container: Docker.Container,
  count: number,
  isNoise: (text: string) => boolean = () => false,
): Promise<string[]> {
  const lines: string[] = []
  const options = { follow: false, tailLines: searchedLines, signal: AbortSignal.timeout(lastLinesMs) }
  for await (const { text } of readLines(container, options))
    if (!isNoise(text)) lines.push(cutText(text, longestLastLine))
  return lines.slice(-count)
}

async function openLog(
  container: Docker.Container,
  { follow, tailLines, after, signal: abortSignal }: LogOptions,
): Promise<Readable> {
  const common = {
    ...{ stdout: true, stderr: true, timestamps: true, abortSignal },
    ...(tailLines === undefined ? {} : { tail: tailLines }),
    ...(after ? { since: toUnixTime(after) } : {}),
  }
  const open = async () => {
    if (follow) return (await container.logs({ ...common, follow: true })) as Readable
    return Readable.from([await container.logs({ ...common, follow: false })])
  }
  return (await callEngine(() => open().catch(ignoreStatus(404)), undefined, abortSignal)) ?? Readable.from([])
}

/** Docker's own form: seconds, and nanoseconds after a point. */
export function toUnixTime(at: string): string {
  const [, fraction = '0'] = /\.(\d+)/.exec(at) ?? []
  return `${Math.floor(Date.parse(at) / 1_000)}.${fraction}`
}
