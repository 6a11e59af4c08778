import { expect, test } from 'vitest'
import { splitShellWords } from './shell-words.ts'

test.each([
  ['serve --fast', ['serve', '--fast']],
  [`bash -c "echo \\"a b\\" '$x'"`, ['bash', '-c', `echo "a b" '$x'`]],
  [`a'b c'"d e"f ''`, ['ab cd ef', '']],
  ['a\\ b "c\\d"', ['a b', 'c\\d']],
  ['  ', []],
  ['echo "open', undefined],
])('%j', (line, words) => {
  expect(splitShellWords(line)).toEqual(words)
})
