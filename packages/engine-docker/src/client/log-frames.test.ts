import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { toUnixTime } from './container-log.ts'
import { readLogLines } from './log-frames.ts'

function frame(stream: number, text: string): Buffer {
  const payload = Buffer.from(text)
  const header = Buffer.alloc(8)
  header.writeUInt8(stream, 0)
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}

async function read(...chunks: Buffer[]) {
  const source = async function* () {
    yield* chunks
  }
  return Readable.from(readLogLines(source())).toArray()
}

const frames = Buffer.concat([
  frame(1, '12:00Z naïve '),
  frame(2, '12:01Z an error\n'),
  frame(1, '12:02Z €uro\n'),
  frame(1, '12:03Z \n'),
  frame(1, '12:04Z 10%\r50%\r'),
  frame(1, '12:05Z 100%\n'),
  frame(1, '12:06Z no end'),
])
const lines = [
  { at: '12:01Z', text: 'an error' },
  { at: '12:00Z', text: 'naïve €uro' },
  { at: '12:03Z', text: '' },
  { at: '12:04Z', text: '100%' },
  { at: '12:06Z', text: 'no end' },
]

test('a line that Docker broke is one again, at the time of its beginning, whatever the other output says meanwhile', async () => {
  expect(await read(frames)).toEqual(lines)
})

test('chunks may end anywhere', async () => {
  for (let at = 0; at <= frames.length; at++)
    expect(await read(frames.subarray(0, at), frames.subarray(at))).toEqual(lines)
})

test('Docker is asked for what came after a time in its own form', () => {
  expect(toUnixTime('2024-05-01T10:00:00.123456789Z')).toBe('1714557600.123456789')
  expect(toUnixTime('2024-05-01T10:00:00Z')).toBe('1714557600.0')
})
