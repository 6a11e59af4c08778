import { describe, expect, test } from 'vitest'
import { type Found, isDatabaseTooOld, judgeScan } from './judge-scan.ts'

const find = (id: string, severity: Found['severity'], more: Partial<Found> = {}): Found => ({
  ...{ id, severity, package: 'openssl', installed: '3.0.1', fixed: '3.0.2', aliases: [] },
  ...more,
})
const rules: Parameters<typeof judgeScan>[1] = { fail: 'critical', ignoreUnfixed: false, ignore: [] }
const found = [
  find('CVE-2026-1', 'low'),
  find('CVE-2026-2', 'high', { fixed: null }),
  find('CVE-2026-3', 'high'),
  find('GHSA-aaaa-bbbb-cccc', 'critical', { aliases: ['CVE-2026-4'] }),
  find('CVE-2026-5', 'unknown'),
]
const idsOf = (findings: readonly { id: string }[]) => findings.map(({ id }) => id)

test.each([
  ['critical', ['GHSA-aaaa-bbbb-cccc']],
  ['high', ['GHSA-aaaa-bbbb-cccc', 'CVE-2026-3', 'CVE-2026-2']],
  ['low', ['GHSA-aaaa-bbbb-cccc', 'CVE-2026-3', 'CVE-2026-2', 'CVE-2026-1']],
  ['never', []],
] as const)('`fail: %s` fails of that severity and above, the worst first, of them what has a fix', (fail, failing) => {
  const verdict = judgeScan(found, { ...rules, fail }, '2026-11-27')
  expect(idsOf(verdict.failing)).toEqual(failing)
  expect(verdict.counts).toEqual({ unknown: 1, low: 1, medium: 0, high: 2, critical: 1 })
})

test('what has no fix is left out where the spec says so', () => {
  const verdict = judgeScan(found, { ...rules, fail: 'high', ignoreUnfixed: true }, '2026-11-27')
  expect(idsOf(verdict.failing)).toEqual(['GHSA-aaaa-bbbb-cccc', 'CVE-2026-3'])
  expect(verdict).toMatchObject({ unfixed: 1, counts: { high: 1 } })
})

test('what lies in an image twice counts once', () => {
  expect(judgeScan([...found, ...found], rules, '2026-11-27').counts.high).toBe(2)
})

describe('ignored', () => {
  const ignoring = (ignore: Parameters<typeof judgeScan>[1]['ignore'], today = '2026-11-27') =>
    judgeScan(found, { ...rules, ignore }, today)

  test('by any name of the vulnerability, however it is written', () => {
    for (const id of ['CVE-2026-4', 'GHSA-AAAA-BBBB-CCCC'])
      expect(ignoring([id])).toMatchObject({ failing: [], ignored: 1, expired: [] })
  })

  test('through the last day, and not a day longer: then the report names it', () => {
    const until = [{ id: 'CVE-2026-4', until: '2026-11-27', reason: 'not reachable' }]
    expect(ignoring(until)).toMatchObject({ failing: [], ignored: 1, expired: [] })
    const later = ignoring(until, '2026-11-28')
    expect(later).toMatchObject({ ignored: 0, expired: ['CVE-2026-4'] })
    expect(idsOf(later.failing)).toEqual(['GHSA-aaaa-bbbb-cccc'])
  })

  test('an entry that is over and finds nothing is not told', () => {
    expect(ignoring([{ id: 'CVE-1999-1', until: '2000-01-01' }]).expired).toEqual([])
  })
})

test('a database is too old after five days', () => {
  const builtAt = new Date('2026-11-20T00:00:00Z')
  expect(isDatabaseTooOld(builtAt, new Date('2026-11-25T00:00:00Z'))).toBe(false)
  expect(isDatabaseTooOld(builtAt, new Date('2026-11-25T00:00:01Z'))).toBe(true)
})
