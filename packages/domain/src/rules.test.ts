import type { FailureCode } from '@stevedore/contract'
import { describe, expect, test } from 'vitest'
import { chooseNext, enterLine, type LineMember } from './line.ts'
import { decideRetry } from './retry.ts'
import { chooseRollbackTarget } from './rollback-target.ts'
import { isLegalTransition } from './transitions.ts'

test('a final state has no way out', () => {
  for (const from of ['succeeded', 'failed', 'cancelled', 'superseded'] as const)
    for (const to of ['queued', 'running', 'waiting', 'failed'] as const)
      expect(isLegalTransition(from, to)).toBe(false)
  expect(isLegalTransition('queued', 'running')).toBe(true)
  expect(isLegalTransition('queued', 'succeeded')).toBe(false)
})

describe('the line of an environment', () => {
  const running: LineMember = {
    id: 'a',
    kind: 'deploy',
    state: 'running',
    waitingFor: null,
    active: true,
    delivery: null,
  }
  const waiting = (id: string, kind: 'deploy' | 'rollback' = 'deploy'): LineMember => ({
    id,
    kind,
    state: 'waiting',
    waitingFor: 'environment',
    active: false,
    delivery: null,
  })
  const deploy = { kind: 'deploy', approval: false, queue: 'latest' } as const

  test('a free environment is taken', () => {
    expect(enterLine([], deploy)).toEqual({
      start: { state: 'queued' },
      takes: true,
      supersedes: [],
      aborts: undefined,
    })
  })

  test('a newer deploy supersedes those that wait, unless all are kept', () => {
    expect(enterLine([running, waiting('b')], deploy)).toMatchObject({ supersedes: ['b'], takes: false })
    expect(enterLine([running, waiting('b')], { ...deploy, queue: 'all' })).toMatchObject({
      supersedes: [],
      start: { state: 'waiting', waitingFor: 'environment' },
    })
  })

  test('a rollback jumps the line and aborts the deploy that runs, never another rollback', () => {
    const rollback = { kind: 'rollback', approval: false, queue: 'all' } as const
    expect(enterLine([running, waiting('b')], rollback)).toMatchObject({ supersedes: ['b'], aborts: 'a' })
    expect(enterLine([{ ...running, kind: 'rollback' }], rollback).aborts).toBeUndefined()
    expect(chooseNext([waiting('b'), waiting('c', 'rollback')])).toBe('c')
  })

  test('who waits for approval is not next', () => {
    expect(enterLine([], { ...deploy, approval: true })).toMatchObject({
      start: { waitingFor: 'approval' },
      takes: false,
    })
    expect(chooseNext([{ ...waiting('b'), waitingFor: 'approval' }, waiting('c')])).toBe('c')
    expect(chooseNext([])).toBeUndefined()
  })
})

describe('retries', () => {
  const fresh = { failures: 0, maxFailures: 3, losses: 0, maxLosses: 3, outageTries: 0, outageMs: 0 }
  const patienceMs = 900_000
  const decide = (code: FailureCode, job: Partial<typeof fresh> = {}, random = 0, more = {}) =>
    decideRetry({ code, ...more }, { ...fresh, ...job }, { patienceMs, random })

  test('a permanent failure ends at once', () => {
    expect(decide('build-failed')).toEqual({ again: false, counts: 'failure' })
  })

  test('a transient one backs off with jitter, up to its limit', () => {
    expect(decide('proxy-failed')).toMatchObject({ again: true, delayMs: 500, counts: 'failure', waitingFor: 'retry' })
    expect(decide('proxy-failed', {}, 1)).toMatchObject({ again: true, delayMs: 1_000 })
    expect(decide('proxy-failed', { failures: 1 }, 1)).toMatchObject({ delayMs: 2_000 })
    expect(decide('proxy-failed', { failures: 2 }, 1)).toEqual({ again: false, counts: 'failure' })
  })

  test('infrastructure is counted apart', () => {
    expect(decide('internal', { failures: 2 })).toMatchObject({ again: true, counts: 'loss', waitingFor: 'retry' })
  })

  test.each([
    ['engine-unreachable', 'engine'],
    ['cluster-unreachable', 'engine'],
    ['registry-unreachable', 'registry'],
    ['image-pull-failed', 'registry'],
    ['source-unreachable', 'source'],
  ] as const)('%s is the %s that is away: it is waited for by time, whatever else was tried', (code, waitingFor) => {
    const again = { again: true, counts: 'outage', waitingFor }
    expect(decide(code, { failures: 2, losses: 2 })).toMatchObject(again)
    expect(decide(code, { outageTries: 20, outageMs: patienceMs - 1 })).toMatchObject(again)
    expect(decide(code, { outageTries: 20, outageMs: patienceMs })).toEqual({ again: false, counts: 'outage' })
  })

  test('what is away is tried three times at least, with pauses of up to a minute', () => {
    expect(decide('engine-unreachable', { outageTries: 1, outageMs: patienceMs * 2 })).toMatchObject({ again: true })
    const delays = [0, 1, 5, 6, 300].map((outageTries) => decide('engine-unreachable', { outageTries }, 1))
    expect(delays).toMatchObject([1_000, 2_000, 32_000, 60_000, 60_000].map((delayMs) => ({ delayMs })))
  })

  test('what a registry asks for is obeyed, within bounds', () => {
    expect(decide('registry-throttled', {}, 0, { retryAfterMs: 30_000 })).toMatchObject({ delayMs: 30_000 })
    expect(decide('registry-throttled', {}, 0, { retryAfterMs: 1e12 })).toMatchObject({ delayMs: 600_000 })
  })
})

describe('where a rollback goes', () => {
  const served = (number: number, at: number | null) => ({
    number,
    image: `i${number}`,
    version: `${number}.0`,
    state: 'retired' as const,
    activatedAt: at === null ? null : new Date(at),
  })

  test.each([
    { story: 'one after the other', revisions: [served(2, 20), served(1, 10)], current: 2, expected: 1 },
    {
      story: 'the last one failed',
      revisions: [served(3, null), served(2, 20), served(1, 10)],
      current: 2,
      expected: 1,
    },
    {
      story: 'again after a rollback',
      revisions: [served(3, 30), served(2, 40), served(1, 10)],
      current: 2,
      expected: 1,
    },
    {
      story: 'a deploy after a rollback',
      revisions: [served(4, 50), served(3, 30), served(2, 20), served(1, 40)],
      current: 4,
      expected: 1,
    },
    {
      story: 'past what was restarted, twice',
      revisions: [
        ...[served(5, 50), served(4, 40)].map((one) => ({ ...one, cause: `restart of ${one.number - 1}` })),
        ...[served(3, 30), served(2, 20)],
      ],
      current: 5,
      expected: 2,
    },
    {
      story: 'to a restart of what served before',
      revisions: [served(3, 30), { ...served(2, 20), cause: 'restart of 1' }, served(1, 10)],
      current: 3,
      expected: 2,
    },
  ])('$story', ({ revisions, current, expected }) => {
    expect(chooseRollbackTarget(revisions, current)).toMatchObject({ found: { number: expected } })
  })

  test.each([
    { current: null, to: undefined, refused: 'no-previous-release' },
    { current: 1, to: undefined, refused: 'no-previous-release' },
    { current: 1, to: 9, refused: 'not-found' },
    { current: 1, to: 1, refused: 'already-there' },
    { current: 1, to: 2, refused: 'no-previous-release' },
  ])('current $current to $to is refused', ({ current, to, refused }) => {
    expect(chooseRollbackTarget([served(2, null), served(1, 10)], current, to)).toMatchObject({ refused })
  })
})
