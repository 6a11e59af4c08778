import { expect, test } from 'vitest'
import { splitColours } from './colours.ts'
import { createOutput } from './output.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const listLooks = (output: ReturnType<typeof createOutput>) =>
  Array.from({ length: output.count() }, (_, line) => splitColours(output.read(line) ?? '', output.look(line))[0]?.look)

test('lines keep their numbers and bytes their places when the end comes first', () => {
  const output = createOutput()
  output.begin({ line: 2, offset: 8 })
  output.add(bytes('three\nfo'))
  expect([0, 1, 2, 3].map((line) => output.read(line))).toEqual([undefined, undefined, 'three', 'fo'])
  expect([output.count(), output.ended(), output.size()]).toEqual([4, 3, 16])
  expect([0, 8, 14].map(output.find)).toEqual([undefined, 2, 3])
  expect(output.gap()).toEqual({ from: 0, to: 8, lines: 2 })

  output.fill(bytes('one\ntw'))
  output.add(bytes('ur\n'))
  // A line that has not come whole has not come.
  expect([0, 1, 2, 3].map((line) => output.read(line))).toEqual(['one', undefined, 'three', 'four'])
  expect(output.gap()).toEqual({ from: 6, to: 8, lines: 2 })
  // What is read goes on into what is there.
  output.fill(bytes('o\nthree\nfour\n'))
  expect([0, 1, 2, 3].map((line) => output.read(line))).toEqual(['one', 'two', 'three', 'four'])
  expect(output.gap()).toBe(undefined)
  expect([0, 4, 8, 14].map(output.find)).toEqual([0, 1, 2, 3])
})

test('of an output that began at its beginning nothing is missing, nor of one whose beginning was removed', () => {
  for (const offset of [0, 100]) {
    const output = createOutput()
    output.begin({ line: 0, offset })
    output.add(bytes('one\n'))
    expect([output.gap(), output.read(0), output.size()]).toEqual([undefined, 'one', offset + 4])
  }
})

test('a colour holds over the ends of lines until it is taken back, also in what came first', () => {
  const output = createOutput()
  output.begin({ line: 3, offset: bytes('\u001b[31mred\nred\n\u001b[39mplain\u001b[1;32m\n').length })
  output.add(bytes('green\n\u001b[0mplain\n'))
  expect(listLooks(output).slice(3)).toEqual(['', ''])
  output.fill(bytes('\u001b[31mred\nred\n\u001b[39mplain\u001b[1;32m\n'))
  expect(listLooks(output)).toEqual(['ansi-red-fg', 'ansi-red-fg', '', 'bold ansi-green-fg', ''])
})

test('a code that is cut between two pieces holds', () => {
  const output = createOutput()
  output.begin({ line: 0, offset: 0 })
  for (const piece of ['\u001b', '[3', '1mred\n', 'red\n']) output.add(bytes(piece))
  expect(listLooks(output)).toEqual(['ansi-red-fg', 'ansi-red-fg'])
})
