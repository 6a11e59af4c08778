import { expect, test } from 'vitest'
import { cursor } from './query.ts'

test('a cursor is a position with its signature', () => {
  expect(cursor.safeParse('c42.abcdefghij_-ABCD').success).toBe(true)
  for (const text of ['42', 'c42', 'c42.', 'c-1.abcdefghij_-ABCD', 'c42.abcdefghij_-ABCD ', 'c1e3.abcdefghij_-ABCD'])
    expect(cursor.safeParse(text).success, text).toBe(false)
})
