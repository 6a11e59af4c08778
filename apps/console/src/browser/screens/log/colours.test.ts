import { expect, test } from 'vitest'
import { splitColours } from './colours.ts'

test('a line without colours is one piece', () => {
  expect(splitColours('npm ci')).toEqual([{ text: 'npm ci', look: '' }])
})

test('colours become names of classes, and the rest text', () => {
  expect(splitColours('\u001b[1;31merror\u001b[0m: <img src=x onerror=alert(1)>')).toEqual([
    { text: 'error', look: 'bold ansi-red-fg' },
    { text: ': <img src=x onerror=alert(1)>', look: '' },
  ])
})

test.each([
  ['what turns the order', 'a\u202eb', 'a\\u202eb'],
  ['a control character and a carriage return', 'a\u0007\rb', 'a\\u0007\\u000db'],
  ['a cursor that is moved', '\u001b[2Aup', 'up'],
  ['a title that is set', '\u001b]0;evil\u0007text', ']0;evil\\u0007text'],
])('%s stands as it is written, or is left out', (_, line, text) => {
  expect(
    splitColours(line)
      .map((piece) => piece.text)
      .join(''),
  ).toBe(text)
})

test('a link is its text', () => {
  const line = '\u001b]8;;https://evil.example.com\u001b\\click\u001b]8;;\u001b\\ here'
  expect(splitColours(line).map(({ text }) => text)).toEqual(['click', ' here'])
})

test('a colour of many is none of the theme', () => {
  expect(splitColours('\u001b[38;2;1;2;3mrgb\u001b[0m')).toEqual([{ text: 'rgb', look: '' }])
})
