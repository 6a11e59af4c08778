/** One message of a `text/event-stream`. */
export interface SseMessage {
  id: string
  event: string
  data: string
}

/** Reads Server-Sent Events as the HTML standard has them; comments (heartbeats) are dropped. Ends with the stream. */
export async function* readMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<SseMessage> {
  let message = { id: '', event: 'message', data: [] as string[] }
  for await (const line of readLines(body)) {
    if (line === '') {
      if (message.data.length > 0) yield { ...message, data: message.data.join('\n') }
      message = { id: message.id, event: 'message', data: [] }
      continue
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? []
    if (field === 'data') message.data.push(value)
    else if (field === 'id' || field === 'event') message[field] = value
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
