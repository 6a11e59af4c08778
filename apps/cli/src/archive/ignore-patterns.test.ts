import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CliError } from '../exit.ts'
import { parseIgnorePatterns } from './ignore-patterns.ts'

test.each([
  ['node_modules', ['node_modules', 'node_modules/a/b'], ['a/node_modules', 'node_modules2']],
  ['**/node_modules', ['node_modules', 'a/b/node_modules/x'], ['a/node_modules2']],
  ['*.md', ['README.md'], ['docs/README.md', 'README.mdx']],
  ['/dist/', ['dist', 'dist/x'], ['a/dist']],
  ['src/**/*.test.ts', ['src/a.test.ts', 'src/a/b/c.test.ts'], ['a.test.ts']],
  ['?.log', ['a.log'], ['ab.log', '/.log']],
  ['a.b', ['a.b'], ['aXb']],
  ['[ab].txt', ['a.txt'], ['c.txt']],
  ['# a comment\n\n.git', ['.git', '.git/config'], ['# a comment', '.gitignore']],
  ['*\n!src', ['a', 'b/c'], ['src', 'src/x']],
  ['docs\n!docs/keep.md\n', ['docs/a.md'], ['docs/keep.md']],
])('%j', (text, excluded, kept) => {
  const patterns = parseIgnorePatterns(text)
  expect(excluded.filter((path) => !patterns.excludes(path))).toEqual([])
  expect(kept.filter((path) => patterns.excludes(path))).toEqual([])
})

test.each(['[z-a]', 'a\n[b-a].txt', '[\\]'])('%j is said to be no pattern', (text) => {
  expect(() => parseIgnorePatterns(text)).toThrow(CliError)
})

test('any text is patterns, or is said to be none', () => {
  const text = fc.string({ unit: fc.constantFrom(...'a/.*?[]!-^\\(){}+$|# \n'), maxLength: 20 })
  fc.assert(
    fc.property(text, (written) => {
      try {
        expect(typeof parseIgnorePatterns(written).excludes('a/b.c')).toBe('boolean')
      } catch (error) {
        expect(error).toBeInstanceOf(CliError)
      }
    }),
  )
})
