import { expect, test } from 'vitest'
import { listNear } from './near-names.ts'

const others = Array.from({ length: 20 }, (_, index) => `unlike-${index}-zzzzzzzz`)

test('near names come first, and not all of them', () => {
  const told = listNear([...others, 'feature/cart', 'main'], 'featrue/cart')
  expect(told).toMatch(/^there are feature\/cart, main, unlike-.* and 12 more$/)
  expect(listNear(['a-very-long-name', 'JIRA-12'], 'jira-12-cart')).toBe('there are JIRA-12, a-very-long-name')
})

test('a repository with nothing has no names to list', () => {
  expect(listNear([], 'main')).toBe('there are none')
})

test('what somebody pushed makes it neither slow nor long', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => `${index}-${'x'.repeat(500)}`)
  expect(listNear(many, 'y'.repeat(900)).length).toBeLessThan(2_000)
})
