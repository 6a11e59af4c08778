import type { JobEvent } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { createState, type State } from '../../state.ts'
import { makeJob } from '../../testing/make-views.ts'
import { listActs } from './acts.ts'
import { listPoints, listShifts } from './charts.ts'
import { findDeployable } from './deploy-it.ts'
import { listEntries } from './timeline.ts'
import { explainWait } from './wait.ts'

function stateOf(rights: NonNullable<State['me']>['rights']): State {
  const state = createState({ path: '', params: {}, query: new URLSearchParams() }, 0)
  return { ...state, me: { token: {} as never, rights, server: true } }
}

const words = (...given: Parameters<typeof listActs>) => listActs(...given).map(({ word }) => word)

test('an act is there where the job takes it and the token may', () => {
  const paused = makeJob({ state: 'waiting', waitingFor: 'promotion', verbs: ['cancel', 'promote', 'resume', 'abort'] })
  expect(words(stateOf(['read', 'deploy']), paused)).toEqual(['Promote', 'Promote fully', 'Resume', 'Abort', 'Cancel'])
  expect(words(stateOf(['read', 'approve']), paused)).toEqual([])
  expect(words(stateOf(['read']), paused)).toEqual([])
  const running = makeJob({ state: 'running', verbs: ['promote'] })
  expect(words(stateOf(['read', 'deploy']), running)).toEqual(['Promote fully'])
  const awaiting = makeJob({ state: 'waiting', waitingFor: 'approval', verbs: ['approve', 'reject', 'cancel'] })
  expect(words(stateOf(['read', 'approve']), awaiting)).toEqual(['Approve', 'Reject'])
})

test('a build that ended well can be deployed from its page, by who may', () => {
  const result = { version: '1.2.3', reports: [] } as never
  const built = makeJob({ kind: 'build', state: 'succeeded', result })
  expect(findDeployable(stateOf(['read', 'deploy']), built)).toBe('1.2.3')
  expect(findDeployable(stateOf(['read']), built)).toBeUndefined()
  for (const other of [{ state: 'failed' as const, result: null }, { kind: 'push' as const }, { result: null }])
    expect(findDeployable(stateOf(['read', 'deploy']), { ...built, ...other })).toBeUndefined()
})

test('what is planned stands behind what was begun', () => {
  const step = { position: 1, state: 'succeeded', attempt: 1, endedAt: null } as const
  const steps = [
    { ...step, name: 'plan', startedAt: '2026-03-01T12:00:02Z' },
    { ...step, name: 'revision', startedAt: '2026-03-01T12:00:01Z' },
  ]
  expect(listEntries({ steps, planned: ['1 prepare'] }).map(({ name, state }) => [name, state])).toEqual([
    ['revision', 'succeeded'],
    ['plan', 'succeeded'],
    ['1 prepare', 'planned'],
  ])
})

test('a wait is explained, with what the server says of it and when it ends', () => {
  const now = Date.parse('2026-03-01T12:00:00Z')
  expect(explainWait(makeJob({ state: 'running' }), now)).toBeUndefined()
  const retry = makeJob({ state: 'waiting', waitingFor: 'retry', failures: 1, dueAt: '2026-03-01T12:00:30Z' })
  expect(explainWait(retry, now)).toBe(
    'It failed, and is tried again: 1 of 3 failures are used. It goes on by itself in 30 s.',
  )
  const noted = makeJob({ state: 'queued', waitingFor: 'worker', waitNote: 'No worker takes deploys.' })
  expect(explainWait(noted, now)).toBe('No worker takes deploys.')
})

test('traffic and samples are read of the events', () => {
  const event = { jobId: 'j', seq: 1, at: '2026-03-01T12:00:00Z' }
  const events = [
    { ...event, type: 'traffic.shifted', data: { weights: { 1: 90, 2: 10 } } },
    {
      ...event,
      type: 'analysis.sampled',
      data: { verdict: 'pass', reason: 'fine', revision: 2, sample: { requests: 200, errors: 3 } },
    },
    {
      ...event,
      type: 'analysis.sampled',
      data: { verdict: 'inconclusive', reason: 'no answer', revision: 2, sample: null },
    },
  ] as JobEvent[]
  expect(listShifts(events)).toHaveLength(1)
  expect(listPoints(events).map(({ value, verdict }) => [value, verdict])).toEqual([
    [1.5, 'pass'],
    [undefined, 'inconclusive'],
  ])
})
