import { type FailureCode, FailureError } from '@stevedore/contract'
import { type Job, StaleFenceError } from '@stevedore/ledger'
import { describe, expect, test } from 'vitest'
import { rescue } from '../upkeep/rescuer.ts'
import type { Worker } from '../worker.ts'
import { failureOf, outcomeOfError } from './outcome.ts'
import { transitionOf } from './settle.ts'
import { Stop } from './stop.ts'

const job = (more: Partial<Job> = {}) =>
  ({
    kind: 'build',
    failures: 0,
    maxFailures: 3,
    losses: 0,
    maxLosses: 3,
    outageTries: 0,
    workerId: 'w',
    ...more,
  }) as Job

const attempt = (more: Partial<Job> = {}, lastedMs = 0) => {
  const own = job(more)
  const outage = { tries: () => own.outageTries, lastedMs: () => lastedMs, end: () => {} }
  return { job: own, outage, worker: { config: { outageMs: 900_000 } } as Worker }
}
const failure = (code: FailureCode) => ({ code, message: '' })

describe('where an outcome leads', () => {
  test('a permanent failure ends the job', () => {
    expect(transitionOf(attempt(), { type: 'failed', failure: failure('build-failed') }, 0)).toMatchObject({
      to: 'failed',
    })
  })

  test('a transient one waits, counted against the job', () => {
    expect(transitionOf(attempt(), { type: 'failed', failure: failure('proxy-failed') }, 1)).toMatchObject({
      to: 'waiting',
      waitingFor: 'retry',
      delayMs: 1_000,
      counts: 'failure',
    })
  })

  test('the last try ends it', () => {
    const tired = attempt({ failures: 2 })
    expect(transitionOf(tired, { type: 'failed', failure: failure('proxy-failed') }, 1)).toMatchObject({ to: 'failed' })
  })

  test('what is away is waited for, and ends with how long it was tried', () => {
    const away = { type: 'failed', failure: { ...failure('engine-unreachable'), diagnosis: 'ECONNREFUSED' } } as const
    expect(transitionOf(attempt({ failures: 2, losses: 2 }), away, 1)).toMatchObject({
      to: 'waiting',
      waitingFor: 'engine',
      counts: 'outage',
    })
    expect(transitionOf(attempt({ outageTries: 21 }, 901_000), away, 1)).toMatchObject({
      to: 'failed',
      failure: { code: 'engine-unreachable', diagnosis: 'ECONNREFUSED\nIt was tried 22 times in 15 minutes.' },
    })
  })

  test('a hand-over costs nothing', () => {
    const transition = transitionOf(attempt(), { type: 'handed-over' }, 0)
    expect(transition).toEqual({ to: 'queued', reason: 'handed-over' })
  })

  test('a pause goes to the ledger with its timer', () => {
    expect(transitionOf(attempt(), { type: 'waiting', waitingFor: 'pause', delayMs: 5 }, 0)).toEqual({
      to: 'waiting',
      waitingFor: 'pause',
      delayMs: 5,
    })
  })
})

describe('what is thrown', () => {
  test.each([
    [new StaleFenceError({ jobId: 'j', attempt: 1 }), 'lost'],
    [new Stop('lease-lost'), 'lost'],
    [new Stop('handing-over'), 'handed-over'],
    [new Stop('cancelled'), 'cancelled'],
    [new Stop('aborted'), 'failed'],
    [new FailureError('build-failed'), 'failed'],
    [new TypeError('x'), 'failed'],
  ])('%s', (error, type) => {
    expect(outcomeOfError(error).type).toBe(type)
  })

  test('a surprise is for the operator alone', () => {
    const { code, message, detail } = failureOf(new Error('password=hunter2'))
    expect({ code, tells: message.includes('hunter2'), detail: detail?.includes('hunter2') }).toEqual({
      code: 'internal',
      tells: false,
      detail: true,
    })
  })
})

describe('lost workers', () => {
  test.each([
    { kind: 'build', losses: 0, to: 'queued' },
    { kind: 'build', losses: 1, to: 'queued' },
    { kind: 'build', losses: 2, to: 'failed' },
    { kind: 'deploy', losses: 2, to: 'queued' },
    { kind: 'deploy', losses: 3, to: 'failed' },
  ] as const)('a $kind that lost $losses before is $to', ({ kind, losses, to }) => {
    expect(rescue(job({ kind, losses }))).toMatchObject({ to, counts: 'loss' })
  })
})
