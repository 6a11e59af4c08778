import { expect, test } from 'vitest'
import { isClipped } from './build-with-buildkit.ts'

test.each([
  ['#7 12.34 [output clipped, log limit 200KiB/s reached]', true],
  ['#12 0.512 [output clipped, log limit 2MiB reached]', true],
  ['#7 [output clipped, log limit 2MiB reached]', false],
  ['#7 12.34 echo "[output clipped, log limit 2MiB reached]"', false],
])('knows where BuildKit left lines out: %s', (line, expected) => {
  expect(isClipped(line)).toBe(expected)
})
