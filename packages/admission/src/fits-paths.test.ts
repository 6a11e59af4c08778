import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitsPaths } from './fits-paths.ts'

test.each([
  ['services/api/**', 'services/api/src/main.ts', true],
  ['services/api/**', 'services/api', true],
  ['services/api/**', 'services/apis/main.ts', false],
  ['**', '.github/workflows/ci.yml', true],
  ['*', 'README.md', true],
  ['*', 'docs/README.md', false],
  ['**/*.md', 'README.md', true],
  ['**/*.md', 'a/b/README.md', true],
  ['**/docs/**', 'docs/a.md', true],
  ['**/docs/**', 'a/docs/b/c.md', true],
  ['a/**/b/**/c', 'a/x/b/c', true],
  ['a/**/b/**/c', 'a/b/b/x/c', true],
  ['a/**/b/**/c', 'a/b/c/d', false],
  ['src/+page.*', 'src/+page.svelte', true],
])('%s and %s: %s', (pattern, file, fits) => {
  expect(fitsPaths([pattern], [file])).toBe(fits)
})

test('the last pattern that a file fits decides, and one file is enough', () => {
  const patterns = ['services/**', '!**/*.md', 'services/api/CHANGELOG.md']
  expect(fitsPaths(patterns, ['services/web/README.md'])).toBe(false)
  expect(fitsPaths(patterns, ['services/api/CHANGELOG.md'])).toBe(true)
  expect(fitsPaths(patterns, ['docs/a.md', 'services/web/README.md', 'services/web/a.ts'])).toBe(true)
  expect(fitsPaths(patterns, [])).toBe(false)
})

/** What a pattern means, said in another way. */
function toExpression(pattern: string): RegExp {
  const text = pattern
    .split('/')
    .map((part) => (part === '**' ? '(?:[^/]+/)*' : `${part.replaceAll('*', '[^/]*')}/`))
    .join('')
  return new RegExp(`^${text}$`)
}

test('it is what the expression says that a pattern stands for', () => {
  const part = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '*b', '**')
  const name = fc.constantFrom('a', 'b', 'ab', 'aab')
  const pattern = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'))
  const file = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('/'))
  fc.assert(
    fc.property(pattern, file, (one, other) => {
      expect(fitsPaths([one], [other])).toBe(toExpression(one).test(`${other}/`))
    }),
    { numRuns: 3_000 },
  )
})

test('no pattern makes it slow', () => {
  const started = performance.now()
  const files = Array.from({ length: 24 }, () => 'a/'.repeat(500))
  const patterns = ['**/*a*/'.repeat(28), '*a'.repeat(100), '**/a/'.repeat(39)].map((text) => `${text}b`)
  expect(fitsPaths(patterns, files)).toBe(false)
  expect(fitsPaths(patterns, ['a'.repeat(24_000)])).toBe(false)
  expect(performance.now() - started).toBeLessThan(500)
})
