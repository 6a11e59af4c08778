export interface StreamedEvent {
  id: string
  event: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into data of many shapes
  data: any
}

/** A stream of Server-Sent Events that is read one by one. */
export interface EventStream {
  status: number
  /** The next event; undefined when the stream has ended or was cut. */
  next(): Promise<StreamedEvent | undefined>
  /** All until the end. */
  rest(): Promise<StreamedEvent[]>
  close(): void
}

export async function openEventStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const abort = new AbortController()
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: abort.signal })
  const events = readEvents(response.body)
  const next = async () => (await events.next()).value ?? undefined
  return {
    status: response.status,
    next,
    async rest() {
      const all: StreamedEvent[] = []
      for (let event = await next(); event; event = await next()) all.push(event)
      return all
    },
    close: () => abort.abort(),
  }
}

async function* readEvents(body: ReadableStream<Uint8Array> | null): AsyncGenerator<StreamedEvent> {
  let rest = ''
  try {
    for await (const text of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2)))
        if (fields.data) yield { id: fields.id, event: fields.event, data: JSON.parse(fields.data) }
      }
    }
  } catch {
    // Cut off: what came until then has been given out.
  }
}
