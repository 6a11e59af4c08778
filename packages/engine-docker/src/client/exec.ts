import { PassThrough, type Readable } from 'node:stream'
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
  { signal, input, timeoutMs = 15_000 }: ExecOptions,
): Promise<ExecResult> {
  const abortSignal = withinMs(timeoutMs, signal)
  const run = async () => {
    const exec = await container.exec({
      Cmd: command,
      AttachStdin: input !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      abortSignal,
    })
    const stream = await exec.start({ hijack: true, stdin: input !== undefined, abortSignal })
    const output = await collect(container, stream, input, abortSignal)
    const { ExitCode } = await exec.inspect({ abortSignal })
    return { exitCode: ExitCode ?? -1, ...output }
  }
  return callEngine(run, 'internal', signal).catch((error: unknown) => {
    if (!abortSignal.aborted || signal.aborted) throw error
    throw new FailureError('deadline-exceeded', { diagnosis: `${command[0]} did not end within ${timeoutMs} ms` })
  })
}

async function collect(
  container: Docker.Container,
  stream: NodeJS.ReadWriteStream & { destroy(error?: Error): void },
  input: string | undefined,
  signal: AbortSignal,
): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const stop = () => stream.destroy(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const finish = (error?: Error) => [stdout, stderr].map((part) => (error ? part.destroy(error) : part.end()))
  stream
    .once('end', () => finish())
    .once('close', () => finish())
    .once('error', finish)
  container.modem.demuxStream(stream, stdout, stderr)
  if (input !== undefined) stream.end(input)
  try {
    const [out, err] = await Promise.all([readText(stdout), readText(stderr)])
    signal.throwIfAborted()
    return { stdout: out, stderr: err }
  } finally {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
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
