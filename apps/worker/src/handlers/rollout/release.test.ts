import { expect, test } from 'vitest'
import { findOnly } from './release.ts'

test.each([
  [{ 1: 100 }, 1],
  [{ 1: 100, 2: 0 }, 1],
  [{ 1: 90, 2: 10 }, undefined],
  [{}, undefined],
])('of %j the only revision with traffic is %s', (weights, only) => {
  expect(findOnly(weights)).toBe(only)
})
