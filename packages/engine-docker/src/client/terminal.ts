import type { Duplex } from 'node:stream'
import type { Terminal } from '@stevedore/engine'

/**
 * The keys at which Docker would let go of a terminal. It takes them from what is typed, and holds what they begin with: by its own choice each Ctrl-P of a shell. A row of this
 * one nobody types.
 */
export const detachKeys = Array.from({ length: 8 }, () => 'ctrl-^').join(',')

/** A size as Docker takes it. */
type Resize = (size: { h: number; w: number }) => Promise<unknown>

/** Gives what runs the size of its terminal, and lends it the keys. */
export async function lendTerminal(stream: Duplex, terminal: Terminal, setSize: Resize): Promise<void> {
  const resize = async ({ columns, rows }: Terminal['size']) => {
    // What has just ended has no size any more.
    await setSize({ h: rows, w: columns }).catch(() => {})
  }
  await resize(terminal.size)
  terminal.attach({
    resize,
    // A connection that has ended takes nothing: how it ended is told where its output is read.
    write: (piece) => new Promise((resolve) => stream.write(piece, () => resolve())),
  })
}

/** Hands over what comes until it ends or the signal does, which throws its reason. Who is slow to take it holds the stream, and with it what runs. */
export async function takeStream(
  stream: Duplex,
  signal: AbortSignal,
  take: (pieces: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const stop = () => stream.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    await take(untilEnd(stream))
  } finally {
    signal.removeEventListener('abort', stop)
    stream.destroy()
  }
  signal.throwIfAborted()
}

/** However the connection ends, how what ran goes on is asked of the engine. */
async function* untilEnd(stream: Duplex): AsyncGenerator<Buffer> {
  try {
    yield* stream
  } catch {
    // Told by what the engine says.
  }
}
