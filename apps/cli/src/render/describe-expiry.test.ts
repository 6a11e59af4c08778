import { expect, test } from 'vitest'
import { describeExpiry, isExpiring } from './describe-expiry.ts'

const now = Date.parse('2026-06-01T12:00:00.000Z')
const inDays = (days: number) => new Date(now + days * 86_400_000).toISOString()

test.each([
  [22, false, ''],
  [21, true, ' SOON, in 21 d 0 h'],
  [0.5, true, ' SOON, in 12 h 0 m'],
  [0, true, ' EXPIRED'],
  [-1, true, ' EXPIRED'],
])('what expires in %d days is marked: %s', (days, marked, mark) => {
  expect(isExpiring(inDays(days), now)).toBe(marked)
  expect(describeExpiry(inDays(days), now)).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d${mark}$`))
})
