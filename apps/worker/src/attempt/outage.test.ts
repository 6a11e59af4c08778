import { expect, test } from 'vitest'
import { continueOutage } from './outage.ts'

const claimAt = new Date('2026-01-01T12:00:00Z')
const claim = () => ({ atMs: performance.now(), at: claimAt })

test('an outage goes on from attempt to attempt, by the ledger’s clock and then by the worker’s own', () => {
  const outage = continueOutage({ outageSince: new Date('2026-01-01T11:59:00Z'), outageTries: 4 }, claim())
  expect(outage.tries()).toBe(4)
  expect(outage.lastedMs()).toBeGreaterThanOrEqual(60_000)
})

test('what has never been away has lasted for nothing', () => {
  const outage = continueOutage({ outageSince: null, outageTries: 0 }, claim())
  expect([outage.tries(), outage.lastedMs()]).toEqual([0, 0])
})

test('a step that is done ends it', () => {
  const outage = continueOutage({ outageSince: new Date('2026-01-01T11:00:00Z'), outageTries: 9 }, claim())
  outage.end()
  expect([outage.tries(), outage.lastedMs()]).toEqual([0, 0])
})
