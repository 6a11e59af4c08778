import { expect, test } from 'vitest'
import { planHistory } from './history.ts'

const set = (name: string, number: number, revision?: number, finalized = revision !== undefined) => ({
  metadata: {
    name,
    annotations: {
      'deployment.kubernetes.io/revision': String(number),
      ...(revision === undefined ? {} : { 'stevedore.io/revision': String(revision) }),
      ...(finalized ? { 'stevedore.io/settled': 'true' } : {}),
    },
  },
})
const numbers = (...[old, fresh]: Parameters<typeof planHistory>) =>
  planHistory(old, fresh).map(({ name, annotations }) => [
    name,
    Number(annotations['deployment.kubernetes.io/revision']),
  ])

test('equal numbers need nothing but the mark of what a deploy ended with', () => {
  expect(planHistory([set('a', 1, 1)], set('b', 2, 2))).toEqual([])
  expect(numbers([set('a', 1, 1)], set('b', 2, 2, false))).toEqual([['b', 2]])
})

test('after a failed revision was taken out, the stable one has its own number again', () => {
  expect(numbers([set('a', 1, 1)], set('b', 4, 2))).toEqual([['b', 2]])
})

test('a revision that was returned to is the highest until the next deploy', () => {
  expect(numbers([set('b', 2, 2), set('c', 3, 3)], set('a', 4, 1))).toEqual([])
  expect(numbers([set('b', 2, 2), set('c', 3, 3), set('a', 4, 1)], set('d', 5, 4))).toEqual([
    ['a', 1],
    ['d', 4],
  ])
})

test('numbers from before an adoption stay, and the release comes after them', () => {
  expect(numbers([set('old', 7)], set('a', 8, 1))).toEqual([])
})
