import { type AuditEntry, auditActions } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { describeEntry } from './describe.ts'
import { actions, linkAudit, readFilter, readForm } from './filter.ts'
import { writeCsv, writeJsonLines } from './write-entries.ts'

const entry: AuditEntry = {
  ...{ seq: 7, at: '2026-03-01T12:00:00.000Z', actor: '=cmd|"x"', action: 'job.transition', app: 'shop' },
  ...{ environment: null, jobId: null, detail: { from: 'queued', to: 'failed', code: 'build-failed' } },
  ...{ prevHash: 'p', hash: 'h' },
}

test('the actions to choose from are those of the contract', () => {
  expect([...actions].sort()).toEqual([...auditActions].sort())
})

test('every action has a sentence, of an entry that lacks all as well', () => {
  for (const action of auditActions) {
    const said = describeEntry({ ...entry, action, detail: {} })
    expect(said).not.toBe(action)
    expect(said).not.toMatch(/undefined/)
  }
  expect(describeEntry(entry)).toBe('the job went from queued to failed (build-failed)')
})

test('a filter goes into the address and comes back; what is no time is dropped', () => {
  const form = new FormData()
  form.set('app', ' shop ')
  form.set('actor', '')
  form.set('since', '2026-03-01T12:30')
  const filter = readForm(form)
  expect(filter).toEqual({ app: 'shop', since: new Date('2026-03-01T12:30').toISOString() })
  expect(readFilter(new URL(linkAudit(filter), 'http://x').searchParams)).toEqual(filter)
  form.set('since', 'soon')
  expect(readForm(form)).toEqual({ app: 'shop' })
})

test('an export keeps an entry to the letter as JSON, and runs no formula as CSV', () => {
  expect(JSON.parse(writeJsonLines([entry]))).toEqual(entry)
  const [, row] = writeCsv([entry]).split('\r\n')
  expect(row).toContain(`"'=cmd|""x"""`)
})
