/** One message of a `text/event-stream`. */
interface SseMessage {
  id: string
  event: string
  data: string
}

/** Reads Server-Sent Events as the HTML standard has them; comments (heartbeats) are dropped. Ends with the stream. */
export async function* readMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<SseMessage> {
  let id = ''
  let event = 'message'
  let data: string[] = []
  for await (const line of readLines(body)) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? []
    if (field === 'id') id = value
    else if (field === 'event') event = value
    else if (field === 'data') data.push(value)
    if (line !== '') continue
    if (data.length > 0) yield { id, event, data: data.join('\n') }
    event = 'message'
    data = []
  }
}

async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r\n|\n/)
    rest = lines.pop() ?? ''
    yield* lines
  }
}
