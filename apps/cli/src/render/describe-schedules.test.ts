import type { EnvironmentView, ScheduleView } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { describeSchedules } from './describe-schedules.ts'

const schedule: ScheduleView = {
  name: 'backup',
  ...{ at: '0 2 * * *', timezone: 'Europe/Berlin', command: ['./backup'], timeout: '1h', overlap: 'skip' },
  nextAt: '2026-05-02T00:00:00.000Z',
  last: null,
  lastJob: null,
}
const id = '5a9e2c1e-6f0b-4a53-9b6e-0f6c3b0c9d1a'

/** The row of a schedule, where something runs or nothing. */
function describe(change: Partial<ScheduleView>, runs = true): string {
  const desired = (runs ? {} : null) as EnvironmentView['desired']
  const [, row = ''] = describeSchedules({ schedules: [{ ...schedule, ...change }], desired } as EnvironmentView).split(
    '\n',
  )
  return row
}

test('a schedule is told with its next time, how its last job ended and what was made of its last time', () => {
  const createdAt = new Date(Date.now() - 3_600_000).toISOString()
  const last = { dueAt: '2026-05-01T00:00:00.000Z', outcome: 'recorded', reason: null } as const
  const lastJob = { id, state: 'failed', exitCode: 3, code: 'command-failed', createdAt } as const
  expect(describe({ last, lastJob })).toMatch(
    /^backup +0 2 \* \* \* Europe\/Berlin +2026-05-0\d \d\d:00:00 +failed \(exit status 3\) 1 h 0 m ago, 5a9e2c1e\S+ +\S+ \S+ recorded$/,
  )
  expect(describe({ last, lastJob: { ...lastJob, exitCode: null, code: 'command-lost' } })).toContain('(command-lost)')
  expect(describe({ last: { ...last, outcome: 'skipped', reason: `job ${id} of before is not over` } })).toMatch(
    /skipped: job 5a9e2c1e\S+ of before is not over$/,
  )
})

test('where nothing runs it says so, and what is unknown or never comes is left open', () => {
  expect(describe({}, false)).toContain('when something runs here')
  const idle = { dueAt: '2026-05-01T00:00:00.000Z', outcome: 'idle', reason: 'nothing runs' } as const
  expect(describe({ last: idle }, false)).toMatch(/nothing recorded: nothing runs$/)
  expect(describe({ nextAt: null })).toMatch(/Europe\/Berlin +- +- +-$/)
  expect(describeSchedules({ desired: null } as EnvironmentView)).toBe('')
})
