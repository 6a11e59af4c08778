import type { KubeConfig } from '@kubernetes/client-node'
import type { Terminal } from '@stevedore/engine'
import { ApiError, type ApiStatus } from './api-error.ts'
import { loadLibrary } from './library.ts'

/** A command for a container of a pod. */
export interface PodCommand {
  namespace: string
  pod: string
  container: string
  /** Absent: what the container itself runs, to which a terminal is attached. */
  words?: readonly string[]
  terminal?: Pick<Terminal, 'size' | 'attach'> | undefined
}

/** How the kubelet says that a command ended. */
export interface ExecStatus extends ApiStatus {
  status?: 'Success' | 'Failure'
}

/** Takes a piece of what a command prints, 1 or 2 being the output that it printed it to. Resolves when there is room for more. */
export type TakeOutput = (output: number, chunk: Buffer) => Promise<void>

const [inputChannel, statusChannel, sizeChannel] = [0, 3, 4]

/**
 * Runs a command in a container, over a web socket of the library's, which is the only thing that speaks the API's protocol for it.
 * @returns how it ended; undefined where the connection ended without a word of that
 * @throws ApiError where it was not begun; the signal's reason, which ends the connection alone
 */
export async function execInPod(
  config: KubeConfig,
  command: PodCommand,
  take: TakeOutput,
  signal: AbortSignal,
): Promise<ExecStatus | undefined> {
  signal.throwIfAborted()
  const { Exec } = loadLibrary()
  let status: ExecStatus | undefined
  const pending = new Set<Promise<void>>()
  const dialing = new Exec(config).handler.connect(writePath(command), null, (channel, chunk) => {
    if (channel === statusChannel) status = readStatus(chunk)
    else if (chunk.length > 0) hold(take(channel, Buffer.from(chunk)))
    return status === undefined
  })
  /** What is not taken in time holds the socket back, and with it the command. */
  const hold = (taking: Promise<void>) => {
    pending.add(taking)
    const rest = () => {
      pending.delete(taking)
      if (pending.size === 0) dialing.then((open) => open.resume(), ignore)
    }
    dialing.then((open) => pending.size > 0 && open.pause(), ignore)
    taking.then(rest, rest)
  }
  const over = new AbortController()
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = () => {
      dialing.then((open) => open.terminate(), ignore)
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true, signal: over.signal })
  })
  try {
    const socket = await Promise.race([dialing.catch((error: unknown) => refuse(error, command)), aborted])
    if (command.terminal) await attach(socket, command.terminal, command.words === undefined)
    await Promise.race([new Promise((resolve) => socket.once('close', resolve)), aborted])
    await Promise.race([Promise.all(pending), aborted])
    return status
  } finally {
    over.abort()
  }
}

interface Sending {
  send(data: Buffer, callback: (error?: Error) => void): void
}

/** @param isLate what it shows has begun: as for `kubectl attach` another size before its own makes it draw that anew */
async function attach(socket: Sending, terminal: Pick<Terminal, 'size' | 'attach'>, isLate: boolean): Promise<void> {
  // A connection that has ended takes nothing: how it ended is told where its end is waited for.
  const send = (channel: number, data: Buffer) =>
    new Promise<void>((resolve) => socket.send(Buffer.concat([Buffer.of(channel), data]), () => resolve()))
  const resize = ({ columns, rows }: Terminal['size']) =>
    send(sizeChannel, Buffer.from(JSON.stringify({ Width: columns, Height: rows })))
  const { columns, rows } = terminal.size
  if (isLate) await resize({ columns: columns + 1, rows: rows + 1 })
  await resize(terminal.size)
  terminal.attach({ resize, write: (piece) => send(inputChannel, piece) })
}

function ignore(): void {
  // What the dialing ends with is told where it is awaited.
}

function writePath({ namespace, pod, container, words, terminal }: PodCommand): string {
  // What has a terminal has one output.
  const streams = terminal ? ['stdin', 'stdout', 'tty'] : ['stdout', 'stderr']
  const query = new URLSearchParams({ container })
  for (const stream of streams) query.append(stream, 'true')
  for (const word of words ?? []) query.append('command', word)
  return `/api/v1/namespaces/${namespace}/pods/${pod}/${nameVerb({ words })}?${query}`
}

function nameVerb({ words }: Pick<PodCommand, 'words'>): 'exec' | 'attach' {
  return words === undefined ? 'attach' : 'exec'
}

/** A status that cannot be read says no more than none. */
function readStatus(chunk: Buffer): ExecStatus {
  try {
    return JSON.parse(chunk.toString('utf8'))
  } catch {
    return {}
  }
}

/** Of a refused upgrade the client tells the number alone. */
function refuse(error: unknown, command: PodCommand): never {
  const said = String((error as { message?: unknown } | null)?.message ?? error)
  const status = Number(/server response: (\d{3})/.exec(said)?.[1] ?? 0)
  const message = status === 403 ? `cannot create resource "pods/${nameVerb(command)}" in API group ""` : said
  throw new ApiError(status, { message }, { cause: error })
}
