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
  /** Given on standard input, which is then closed. */
  input?: string
  /** Leaves standard input open until the command ends. */
  holdsInput?: boolean
  timeoutMs?: number
}

/** What one command may print before it is cut off: a full table of the proxy is far below. */
const maxOutputBytes = 4 * 2 ** 20

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
  const { signal } = options
  const ends = withinMs(timeoutMs, signal)
  try {
    return await callEngine(() => runExec(container, command, { ...options, signal: ends }), 'internal', signal)
  } catch (error) {
    if (!isOurLimit(ends)) throw error
    const limit = signal.aborted ? 'in the time that is left for it' : `within ${timeoutMs} ms`
    const diagnosis = `\`${command.slice(0, 4).join(' ')}\` in the container ${container.id} did not end ${limit}`
    throw new FailureError('engine-slow', { diagnosis, cause: error })
  }
}

/** What people or the settings limit ends with a reason of its own; a time-out of the platform's is one that code of ours has set. */
function isOurLimit({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Error && reason.name === 'TimeoutError'
}

async function runExec(container: Docker.Container, command: string[], options: ExecOptions): Promise<ExecResult> {
  const stdin = options.input !== undefined
  const abortSignal = options.signal
  const attached = { AttachStdin: stdin, AttachStdout: true, AttachStderr: true }
  const exec = await container.exec({ Cmd: command, ...attached, abortSignal })
  const stream = await exec.start({ hijack: true, stdin, abortSignal })
  const output = await exchange(container, stream, options)
  const { ExitCode } = await exec.inspect({ abortSignal })
  return { exitCode: ExitCode ?? -1, ...output }
}

async function exchange(
  container: Docker.Container,
  stream: Duplex,
  { input, holdsInput, signal }: ExecOptions,
): Promise<{ stdout: string; stderr: string }> {
  const stop = () => stream.destroy(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const outputs = partOutputs(container, stream)
  if (input !== undefined) stream.write(input)
  if (input !== undefined && !holdsInput) stream.end()
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
