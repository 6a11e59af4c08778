import { createInterface } from 'node:readline'
import { PassThrough, Readable } from 'node:stream'
import type Docker from 'dockerode'

export interface LogOptions {
  follow: boolean
  tailLines: number
  signal: AbortSignal
}

/** What a container prints, both streams as they come, without line ends; each line begins with its time when `timestamps`. */
export async function* readLines(
  container: Docker.Container,
  { follow, tailLines, signal }: LogOptions,
  timestamps = false,
): AsyncGenerator<string> {
  const stream = await openLogs(container, { follow, tailLines, signal }, timestamps)
  const text = new PassThrough()
  stream
    .once('end', () => text.end())
    .once('close', () => text.end())
    .once('error', () => text.end())
  container.modem.demuxStream(stream, text, text)
  const stop = () => stream.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    yield* createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })
  } finally {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
}

export async function readLastLines(container: Docker.Container, count: number): Promise<string[]> {
  const lines: string[] = []
  for await (const line of readLines(container, {
    follow: false,
    tailLines: count,
    signal: AbortSignal.timeout(10_000),
  }))
    lines.push(line.slice(0, 2_000))
  return lines.slice(-count)
}

async function openLogs(container: Docker.Container, options: LogOptions, timestamps: boolean): Promise<Readable> {
  const { follow, tailLines: tail, signal: abortSignal } = options
  const common = { stdout: true, stderr: true, tail, timestamps, abortSignal }
  if (follow) return (await container.logs({ ...common, follow: true })) as Readable
  return Readable.from([await container.logs({ ...common, follow: false })])
}
