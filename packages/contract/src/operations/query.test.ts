import { expect, test } from 'vitest'
import { cursor, writeCursor } from './query.ts'

test('a cursor comes back as the position that it was written from', () => {
  expect(cursor.parse(writeCursor(42))).toBe(42)
  expect(cursor.safeParse('42').success).toBe(false)
})
