import { expect, test } from 'vitest'
import { capLines } from './cap-lines.ts'

function collectLines(chunks: (string | Buffer)[], limits = { maxLineLength: 10, maxBytes: 100 }): string[] {
  const lines: string[] = []
  const cap = capLines((line) => lines.push(line), limits)
  for (const chunk of chunks) cap.take(Buffer.from(chunk))
  cap.end()
  return lines
}

test('joins chunks into lines, split characters included', () => {
  const euro = Buffer.from('€\n')
  expect(collectLines(['a', 'b\nc\r\n', euro.subarray(0, 1), euro.subarray(1), 'last'])).toEqual([
    'ab',
    'c',
    '€',
    'last',
  ])
})

test('cuts a line that is too long and goes on with the next', () => {
  expect(collectLines(['a line ', 'x'.repeat(40), '\nshort\n'])).toEqual(['a line … (cut)', 'short'])
})

test('ends a build that prints without end', () => {
  expect(() => collectLines(['x'.repeat(60), 'x'.repeat(60)])).toThrow(
    expect.objectContaining({ code: 'resource-exceeded' }),
  )
})
