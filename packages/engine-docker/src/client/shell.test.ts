import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { quoteWords } from './shell.ts'

test('a shell reads words as they were meant, whatever is in them', () => {
  const words = ['', 'plain', "it's", '$(id) `id` "x"', 'two\nlines\r\n', '\\', "'';rm -rf *", 'für']
  const read = execFileSync('sh', ['-c', `printf '%s|' ${quoteWords(words)}`], { encoding: 'utf8' })
  expect(read).toBe(words.map((word) => `${word}|`).join(''))
})
