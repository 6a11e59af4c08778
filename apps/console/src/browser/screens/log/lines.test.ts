import { expect, test } from 'vitest'
import { createLines } from './lines.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function readAll(...pieces: string[]): string[] {
  const lines = createLines()
  for (const piece of pieces) lines.add(bytes(piece))
  return Array.from({ length: lines.count() }, (_, index) => lines.read(index))
}

test.each([
  [[], []],
  [['one\ntwo\n'], ['one', 'two']],
  [
    ['one\ntw', 'o'],
    ['one', 'two'],
  ],
  [['\n\n'], ['', '']],
  [['one\r\ntwo\r\n'], ['one', 'two']],
])('%j is %j', (pieces, lines) => {
  expect(readAll(...pieces)).toEqual(lines)
})

test('a letter that is cut between two pieces is whole', () => {
  const whole = bytes('größer\n')
  const lines = createLines()
  lines.add(whole.subarray(0, 3))
  lines.add(whole.subarray(3))
  expect(lines.read(0)).toBe('größer')
})

test('the line of a byte is found', () => {
  const lines = createLines()
  lines.add(bytes('ab\ncd\n\nef'))
  expect([0, 2, 3, 5, 6, 7, 8, 100].map(lines.find)).toEqual([0, 0, 1, 1, 2, 3, 3, 3])
})

test('a hundred thousand lines are as they came', () => {
  const lines = createLines()
  for (let index = 0; index < 100_000; index++) lines.add(bytes(`line ${index}\n`))
  expect(lines.count()).toBe(100_000)
  expect(lines.read(77_777)).toBe('line 77777')
})

test('a line over the end of a block is whole, and no more of a long one is made text than is asked for', () => {
  const lines = createLines()
  lines.add(bytes(`${'ö'.repeat(2 ** 20)}\nend\n`))
  expect(lines.read(0)).toBe('ö'.repeat(2 ** 20))
  expect(lines.read(0, 10)).toBe('ö'.repeat(5))
  expect(lines.read(1)).toBe('end')
})
