import { expect, test } from 'vitest'
import { describeTraffic, toPercent } from './traffic.ts'

test('percent are whole and sum to 100', () => {
  expect(toPercent({ 1: 2, 2: 1 })).toEqual({ 1: 67, 2: 33 })
  expect(toPercent({ 1: 1, 2: 1, 3: 1 })).toEqual({ 1: 34, 2: 33, 3: 33 })
  expect(toPercent({ 1: 256, 2: 3 })).toEqual({ 1: 99, 2: 1 })
  expect(toPercent({ 1: 0 })).toEqual({})
  expect(toPercent({})).toEqual({})
})

test('traffic in words leaves out who has none', () => {
  expect(describeTraffic({ 1: 90, 2: 10, 3: 0 })).toBe('revision 1 90%, revision 2 10%')
  expect(describeTraffic({ 1: 0 })).toBe('nothing is served')
})
