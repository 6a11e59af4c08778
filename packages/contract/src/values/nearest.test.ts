import { expect, test } from 'vitest'
import { findNearest, suggest } from './nearest.ts'

test.each([
  ['replica', 'replicas'],
  ['stagign', 'staging'],
  ['prod', 'production'],
  ['PORT', 'port'],
  ['1.2.1', '1.2.0'],
])('%s is near %s', (wanted, name) => {
  expect(findNearest(wanted, ['health', 'port', 'production', 'replicas', 'staging', '1.2.0'])).toBe(name)
})

test.each(['volumes', 'x', '', 'a'.repeat(100_000)])('nothing is near %.20s', (wanted) => {
  expect(findNearest(wanted, ['app', 'replicas', 'e', 'staging'])).toBeUndefined()
})

test('the nearest of several is meant, and said at the end of a sentence', () => {
  expect(suggest('repicas', ['replica', 'replicas'])).toBe(', did you mean replicas?')
  expect(suggest('volumes', ['app'])).toBe('')
})
