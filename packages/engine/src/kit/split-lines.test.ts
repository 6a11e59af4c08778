import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLineSplitter, readLines } from './split-lines.ts'

function split(chunks: (string | Buffer)[], maxLength = 20): string[] {
  const lines: string[] = []
  const splitter = createLineSplitter((line) => lines.push(line), { maxLength })
  for (const chunk of chunks) splitter.take(Buffer.from(chunk))
  splitter.end()
  return lines
}

test.each([
  ['lines over chunks', ['a', 'b\nc\n', 'd'], ['ab', 'c', 'd']],
  ['the line ends of Windows, also over chunks', ['a\r\nb\r', '\nc\r\n'], ['a', 'b', 'c']],
  ['empty lines', ['a\n\nb\n'], ['a', '', 'b']],
  ['a progress bar', ['10%\r50%\r100%\ndone\n'], ['100%', 'done']],
  ['one that ends with a carriage return', ['10%\r', '100%\r', '\n'], ['100%']],
  ['one that begins with it', ['\r10%', '\r20%\n'], ['20%']],
  ['one that is longer than a line may be', ['x'.repeat(15), '\r', 'y'.repeat(15), '\rready\n'], ['ready']],
  ['line separators that are no line ends', ['a\u2028b\u0085c\n'], ['a\u2028b\u0085c']],
  [
    'a line that is too long, marked',
    ['one two three four f', 'ive'.repeat(40), '\nshort\n'],
    ['one two three four … (cut)', 'short'],
  ],
])('%s', (_, chunks, lines) => expect(split(chunks)).toEqual(lines))

test('no character is lost at any border of chunks', async () => {
  const text = 'naïve €uro 🚢 ship\r\nüber\n'
  const bytes = Buffer.from(text)
  for (let at = 0; at <= bytes.length; at++)
    expect(split([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(['naïve €uro 🚢 ship', 'über'])
  const each = async function* () {
    for (const byte of bytes) yield Buffer.of(byte)
  }
  expect(await Readable.from(readLines(each())).toArray()).toEqual(['naïve €uro 🚢 ship', 'über'])
})

test('a line keeps its time when it is rewritten', async () => {
  const chunks = async function* () {
    yield Buffer.from('12:00Z 10%\r50%')
    yield Buffer.from('\r100%\r\n12:01Z \rdone\n12:02Z \n')
  }
  expect(await Readable.from(readLines(chunks(), { stamped: true })).toArray()).toEqual([
    '12:00Z 100%',
    '12:01Z done',
    '12:02Z ',
  ])
})
