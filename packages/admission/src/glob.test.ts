import { expect, test } from 'vitest'
import { fitsGlob } from './glob.ts'

test.each([
  ['main', 'main', true],
  ['main', 'mainline', false],
  ['*', 'feature/x', true],
  ['v*', 'v1.2.0', true],
  ['v*', 'rv1', false],
  ['release/*', 'release/1/hotfix', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*-rc*', 'v1-rc2', true],
  ['*b*b', 'ab', false],
  ['a*b*c', 'abxbc', true],
])('%s and %s: %s', (pattern, name, fits) => {
  expect(fitsGlob(pattern, name)).toBe(fits)
})

test('many stars are no slower than few', () => {
  const started = performance.now()
  expect(fitsGlob(`${'a*'.repeat(90)}b`, 'a'.repeat(200))).toBe(false)
  expect(performance.now() - started).toBeLessThan(100)
})
