import { type Duplex, PassThrough, type Readable } from 'node:stream'
import { FailureError } from '@stevedore/contract'
import { withinMs } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine } from '../failure/translate.ts'

export interface ExecResult {
  exitCode: number
  stdout: string
  stderr: string
}

export interface ExecOptions {
  signal: AbortSignal
  timeoutMs?: number
}

/** What one command may print before it is cut off: a full table of the proxy is far below. */
export const maxOutputBytes = 4 * 2 ** 20

/**
 * Runs a command inside a running container and waits for its end.
 * A time-out ends the wait, not the command: Docker has no way to end it.
 * @throws FailureError
 */
export async function execIn(
  container: Docker.Container,
  command: string[],
  { timeoutMs = 15_000, ...options }: ExecOptions,
): Promise<ExecResult> {
  const what = `\`${command.slice(0, 4).join(' ')}\` in the container ${container.id}`
  const work = (signal: AbortSignal) => runExec(container, command, { ...options, signal })
  return endInTime(what, { signal: options.signal, timeoutMs }, work)
}

/**
 * Runs what talks to a container under a signal that ends it in time.
 * @throws FailureError `engine-slow` where the time was too short, …
 */
export async function endInTime<T>(
  what: string,
  { signal, timeoutMs }: { signal?: AbortSignal | undefined; timeoutMs: number },
  work: (ends: AbortSignal) => Promise<T>,
): Promise<T> {
  const ends = withinMs(timeoutMs, signal)
  try {
    return await callEngine(() => work(ends), 'internal', signal)
  } catch (error) {
    if (!isOurLimit(ends)) throw error
    const limit = signal?.aborted ? 'in the time that is left for it' : `within ${timeoutMs} ms`
    throw new FailureError('engine-slow', { diagnosis: `${what} did not end ${limit}`, cause: error })
  }
}

/** What people or the settings limit ends with a reason of its own; a time-out of the platform's is one that code of ours has set. */
function isOurLimit({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Error && reason.name === 'TimeoutError'
}

async function runExec(container: Docker.Container, command: string[], options: ExecOptions): Promise<ExecResult> {
  const abortSignal = options.signal
  const exec = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true, abortSignal })
  const stream = await exec.start({ hijack: true, stdin: false, abortSignal })
  const output = await exchange(container, stream, options)
  const { ExitCode } = await exec.inspect({ abortSignal })
  return { exitCode: ExitCode ?? -1, ...output }
}

async function exchange(
  container: Docker.Container,
  stream: Duplex,
  { signal }: ExecOptions,
): Promise<{ stdout: string; stderr: string }> {
  const stop = () => stream.destroy(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const outputs = partOutputs(container, stream)
  try {
    const [stdout = '', stderr = ''] = await Promise.all(outputs.map(readText))
    signal.throwIfAborted()
    return { stdout, stderr }
  } finally {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
}

/** Standard output and standard error, which come in frames on one stream and end or fail as it does. */
function partOutputs({ modem }: Docker.Container, stream: Duplex): PassThrough[] {
  const outputs = [new PassThrough(), new PassThrough()] as const
  const finish = (error?: Error) => outputs.map((output) => (error ? output.destroy(error) : output.end()))
  stream
    .once('end', () => finish())
    .once('close', () => finish())
    .once('error', finish)
  modem.demuxStream(stream, ...outputs)
  return [...outputs]
}

async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size <= maxOutputBytes) chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
