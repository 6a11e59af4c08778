import { expect, test } from 'vitest'
import { nameJob } from '../../parts/job.ts'
import { makeJob } from '../../testing/make-views.ts'
import { describeLast } from './schedules.ts'

test('what was made of a time is told, with the reason where nothing was', () => {
  const dueAt = '2026-03-01T12:00:00.000Z'
  expect(describeLast({ dueAt, outcome: 'recorded', reason: null })).toBe('recorded')
  expect(describeLast({ dueAt, outcome: 'skipped', reason: 'job 1 is not over' })).toBe('skipped, job 1 is not over')
  expect(describeLast({ dueAt, outcome: 'idle', reason: 'nothing runs' })).toBe('nothing recorded, nothing runs')
})

test('a job that a schedule asked for names it', () => {
  const request = { kind: 'run' as const, app: 'shop', environment: 'staging', command: ['./backup'], timeout: '1h' }
  expect(nameJob(makeJob({ kind: 'run', request }))).toBe('run in shop staging: ./backup')
  const scheduled = { ...request, schedule: 'nightly' }
  expect(nameJob(makeJob({ kind: 'run', request: scheduled }))).toBe('run in shop staging, schedule nightly: ./backup')
})
