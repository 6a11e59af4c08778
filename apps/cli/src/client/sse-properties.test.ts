import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collect } from '../testing/collect.ts'
import { readMessages } from './sse.ts'

/** Bytes, cut anywhere: also in the middle of a character. */
const pieces = (text: string, cuts: number[]): Uint8Array[] => {
  const bytes = new TextEncoder().encode(text)
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}
const read = (text: string, cuts: number[]) => collect(readMessages(ReadableStream.from(pieces(text, cuts))))

const word = fc.string({ unit: fc.constantFrom(...'aé😀 :{}"\\\0'), maxLength: 20 }).map((text) => `x${text}`)
const message = fc.record({
  id: fc.nat().map(String),
  event: word,
  data: fc.jsonValue().map((value) => JSON.stringify(value)),
})
const cuts = fc.array(fc.nat(), { maxLength: 20 })
const filler = fc.constantFrom('', ':\n\n', ': a heartbeat\n\n', 'retry: 1000\n\n', 'other: x\n')

test('what was written is read, with whatever beside it and wherever it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(filler, message)), cuts, async (written, at) => {
      const text = written
        .map(([before, { id, event, data }]) => `${before}id: ${id}\nevent: ${event}\ndata: ${data}\n\n`)
        .join('')
      expect(await read(text, at)).toEqual(written.map(([, one]) => one))
    }),
  )
})

test('any bytes are messages or none, and it ends with them', async () => {
  const line = fc.constantFrom('id', 'event', 'data', ':', 'data:', 'data: x', 'id: 1', '', '', '\r', '\0', 'é')
  const text = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n\n')), { maxLength: 30 })
    .map((parts) => parts.flat().join(''))
  await fc.assert(
    fc.asyncProperty(fc.oneof(text, fc.string({ unit: 'binary' })), cuts, async (sent, at) => {
      for (const { id, event } of await read(sent, at)) expect(`${id}${event}`).not.toMatch(/\n/)
      expect(await read(sent, at)).toEqual(await read(sent, []))
    }),
  )
})
