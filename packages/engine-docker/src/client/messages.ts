import type { Readable } from 'node:stream'

/** One message of the engine's streams of JSON lines: of a classic build, a push or a pull. */
export interface EngineMessage {
  stream?: string
  status?: string
  id?: string
  progressDetail?: { current?: number; total?: number }
  error?: string
  errorDetail?: { message?: string; code?: number }
  aux?: { ID?: string; Tag?: string; Digest?: string; Size?: number }
}

/** The messages of a stream as they come. An abort ends the stream, which makes the engine give up the work behind it. */
export async function* readMessages(stream: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator<EngineMessage> {
  const source = stream as Readable
  const end = () => source.destroy(signal.reason)
  signal.addEventListener('abort', end, { once: true })
  try {
    let open = ''
    for await (const chunk of source.setEncoding('utf8')) {
      const lines = `${open}${chunk}`.split('\n')
      open = lines.pop() ?? ''
      for (const line of lines) if (line.trim()) yield JSON.parse(line) as EngineMessage
    }
    signal.throwIfAborted()
  } finally {
    signal.removeEventListener('abort', end)
    source.destroy()
  }
}
