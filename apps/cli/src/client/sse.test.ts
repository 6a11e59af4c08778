import { expect, test } from 'vitest'
import { collect } from '../testing/collect.ts'
import { readMessages } from './sse.ts'

async function read(...chunks: string[]) {
  const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk))
  return collect(readMessages(ReadableStream.from(bytes)))
}

test('messages are cut apart wherever the chunks end', async () => {
  const messages = await read('id: 1\nevent: job.', 'queued\ndata: {"a":', '1}\n', '\nid: 2\r\ndata: x\r\n\r\n')
  expect(messages).toEqual([
    { id: '1', event: 'job.queued', data: '{"a":1}' },
    { id: '2', event: 'message', data: 'x' },
  ])
})

test('several data lines are one text, heartbeats are nothing, and an unfinished message is dropped', async () => {
  expect(await read(':\n\nretry: 1000\n\ndata: a\ndata: b\n\ndata: cut')).toEqual([
    { id: '', event: 'message', data: 'a\nb' },
  ])
})
