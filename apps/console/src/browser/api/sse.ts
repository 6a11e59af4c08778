export interface Message {
  id: string | undefined
  event: string
  data: string
}

/** Reads Server-Sent Events as they come; a comment is a message without data, so that a reader knows that the line is alive. */
export async function* readMessages(body: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  let rest = ''
  for await (const text of readTexts(body)) {
    const blocks = (rest + text).split(/\n\n/)
    rest = blocks.pop() ?? ''
    for (const block of blocks) yield readMessage(block)
  }
}

async function* readTexts(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function readMessage(block: string): Message {
  const message: Message = { id: undefined, event: 'message', data: '' }
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(id|event|data): ?(.*)$/.exec(line) ?? []
    if (name === 'id') message.id = value
    if (name === 'event') message.event = value
    if (name === 'data') message.data += message.data === '' ? value : `\n${value}`
  }
  return message
}
