import { expect, test } from 'vitest'
import { countMore, describeLeftOut, describeThreshold } from './scan.ts'

const finding = { id: 'CVE-2026-1', severity: 'high', package: 'zlib', installed: '1.0', fixed: null } as const
const none = { unknown: 0, low: 0, medium: 0, high: 0, critical: 0 }

test('what a report does not keep is counted', () => {
  expect(countMore({ counts: none, findings: [] })).toBe(0)
  expect(countMore({ counts: { ...none, high: 1 }, findings: [finding] })).toBe(0)
  expect(countMore({ counts: { ...none, high: 3, low: 4 }, findings: [finding, finding] })).toBe(5)
})

test('what was left out is told by its reason, and nothing where there is none', () => {
  expect(describeLeftOut({ ignored: 0, unfixed: 0 })).toBe('')
  expect(describeLeftOut({ ignored: 2, unfixed: 0 })).toBe('2 ignored by the spec')
  expect(describeLeftOut({ ignored: 2, unfixed: 1 })).toBe('2 ignored by the spec, 1 without a fix')
})

test('the severity that fails a build is told', () => {
  expect(describeThreshold('critical')).toBe('Images are scanned; what is critical fails the build.')
  expect(describeThreshold('high')).toBe('Images are scanned; what is high or worse fails the build.')
  expect(describeThreshold('never')).toBe('Images are scanned; nothing that is found fails the build.')
})
