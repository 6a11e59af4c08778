import { FailureError } from '@stevedore/contract'
import { type Job, StaleFenceError } from '@stevedore/ledger'
import { describe, expect, test } from 'vitest'
import { rescue } from '../upkeep/rescuer.ts'
import { failureOf, outcomeOfError } from './outcome.ts'
import { transitionOf } from './settle.ts'
import { Stop } from './stop.ts'

const job = (more: Partial<Job> = {}) =>
  ({ kind: 'build', failures: 0, maxFailures: 3, losses: 0, maxLosses: 3, workerId: 'w', ...more }) as Job

const failure = (code: 'build-failed' | 'registry-unreachable') => ({ code, message: '' })

describe('where an outcome leads', () => {
  test('a permanent failure ends the job', () => {
    expect(transitionOf(job(), { type: 'failed', failure: failure('build-failed') }, 0)).toMatchObject({ to: 'failed' })
  })

  test('a transient one waits, counted against the job', () => {
    expect(transitionOf(job(), { type: 'failed', failure: failure('registry-unreachable') }, 1)).toMatchObject({
      to: 'waiting',
      waitingFor: 'retry',
      delayMs: 1_000,
      counts: 'failure',
    })
  })

  test('the last try ends it', () => {
    const tired = job({ failures: 2 })
    expect(transitionOf(tired, { type: 'failed', failure: failure('registry-unreachable') }, 1)).toMatchObject({
      to: 'failed',
    })
  })

  test('a hand-over costs nothing', () => {
    const transition = transitionOf(job(), { type: 'handed-over' }, 0)
    expect(transition).toEqual({ to: 'queued', reason: 'handed-over' })
  })

  test('a pause goes to the ledger with its timer', () => {
    expect(transitionOf(job(), { type: 'waiting', waitingFor: 'pause', delayMs: 5 }, 0)).toEqual({
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
