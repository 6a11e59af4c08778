import { expect, test } from 'vitest'
import { expandWord, splitWords } from './words.ts'

test('words end at spaces outside quotes', () => {
  expect(splitWords(`A=1 B="two words" C=\\ x 'a b'c D="a\\" b" E=\\`, '\\')).toEqual([
    'A=1',
    'B="two words"',
    'C=\\ x',
    `'a b'c`,
    'D="a\\" b"',
    'E=\\',
  ])
})

test.each(['"', "'"])('a quote %s that is not closed takes in the rest, at once whatever it holds', (quote) => {
  const rest = `${'\\a '.repeat(100)}x`
  expect(splitWords(`A=1 ${quote}${rest}`, '\\')).toEqual(['A=1', quote + rest])
  expect(expandWord(`${quote}${rest}`, new Map(), '\\')).toBeUndefined()
})
