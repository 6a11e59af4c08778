import type { AuditEntry } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { toBackup } from './backup.ts'

const entry = (detail: object) => ({ at: '2026-03-01T12:00:00.000Z', actor: 'system', detail }) as AuditEntry

test('an entry tells when, by whom and how much; what an older one lacks, or says otherwise, is not told', () => {
  expect(toBackup(entry({ seq: 4, rows: 9, bytes: 1_200 }))).toEqual({
    ...{ at: '2026-03-01T12:00:00.000Z', by: 'system', bytes: 1_200 },
  })
  for (const detail of [{}, { bytes: null }, { bytes: '<b>' }, { bytes: -1 }])
    expect(toBackup(entry(detail)).bytes).toBeNull()
})
