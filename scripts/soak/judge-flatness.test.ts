import { expect, test } from 'vitest'
import { judgeFlatness } from './judge-flatness.ts'

const allowance = { ratio: 0.1, more: 5 }
const judge = (values: number[]) => judgeFlatness({ name: 'memory', values, allowance }).verdict
const over = (count: number, value: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => value(index))

test('what fills up once and stays is flat, however it jumps meanwhile', () => {
  expect(judge(over(90, (index) => 100 + Math.min(index, 25) * 4))).toBe('flat')
  expect(judge(over(90, (index) => (index % 7 === 0 ? 900 : 100 + (index % 3) * 4)))).toBe('flat')
  expect(judge(over(90, (index) => 300 - index))).toBe('flat')
  expect(judge(over(90, () => 0))).toBe('flat')
})

test('what grows on is found, with a fault in between as well', () => {
  expect(judge(over(90, (index) => 100 + index))).toBe('grows')
  expect(judge(over(90, (index) => (index % 9 === 0 ? 0 : 50 + index)))).toBe('grows')
  // A thing that is left behind for each job.
  expect(judge(over(90, (index) => Math.floor(index / 3)))).toBe('grows')
  expect(judge(over(90, (index) => (index > 60 ? 200 : 100)))).toBe('grows')
})

test('what has a bound may grow to it, and no further', () => {
  const values = over(90, (index) => index * 10)
  const judgeBound = (bound: number) => judgeFlatness({ name: 'rows', values, allowance, bound }).verdict
  expect(judgeBound(1_000)).toBe('below its bound')
  expect(judgeBound(500)).toBe('grows')
})

test('the medians are told', () => {
  expect(judgeFlatness({ name: 'rows', values: [0, 0, 0, 10, 12, 14, 20, 40, 60], allowance })).toEqual({
    name: 'rows',
    second: 12,
    last: 40,
    verdict: 'grows',
  })
})

test('of a few samples nothing is said', () => {
  expect(judge([1, 100, 10_000])).toBe('too short')
  expect(judge([])).toBe('too short')
})
