import {
  type JobControl,
  type JobKind,
  type JobState,
  type JobVerb,
  jobStates,
  type WaitReason,
  waitReasons,
} from '@stevedore/contract'
import { describe, expect, test } from 'vitest'
import { decideVerb, findUnheeded } from './verbs.ts'

type Verb = Exclude<JobVerb, 'retry'>

const job = (state: JobState, waitingFor: WaitReason | null = null, more: object = {}) => ({
  kind: 'deploy' as const,
  state,
  waitingFor,
  control: {},
  begun: false,
  ...more,
})

/** Where a job can stand, in words: `running`, `waiting:approval`. */
const stands = jobStates.flatMap((state) =>
  state === 'waiting' ? waitReasons.map((reason) => `waiting:${reason}`) : [state],
)

/** What each verb does where; everything that is not here is refused. */
const table: Record<Verb, Record<string, string>> = {
  cancel: {
    queued: 'cancelled',
    running: 'control',
    'waiting:approval': 'cancelled',
    'waiting:environment': 'cancelled',
    'waiting:pause': 'cancelled',
    'waiting:promotion': 'cancelled',
    'waiting:retry': 'cancelled',
    'waiting:engine': 'cancelled',
    'waiting:registry': 'cancelled',
    'waiting:source': 'cancelled',
    'waiting:restored': 'cancelled',
    'waiting:worker': 'cancelled',
  },
  approve: { 'waiting:approval': 'join-line' },
  reject: { 'waiting:approval': 'failed' },
  pause: { running: 'control', 'waiting:pause': 'control' },
  resume: { 'waiting:pause': 'queued', 'waiting:promotion': 'queued' },
  promote: { 'waiting:pause': 'queued', 'waiting:promotion': 'queued', 'waiting:restored': 'queued' },
  abort: {
    running: 'control',
    'waiting:pause': 'queued',
    'waiting:promotion': 'queued',
    'waiting:retry': 'queued',
    'waiting:engine': 'queued',
    'waiting:registry': 'queued',
    'waiting:source': 'queued',
    'waiting:restored': 'queued',
    'waiting:worker': 'queued',
  },
}

function decide(verb: Verb, stand: string, more: object = {}, full = false): string {
  const [state, reason] = stand.split(':') as [JobState, WaitReason?]
  const effect = decideVerb(verb, job(state, reason ?? null, more), full)
  return effect.kind === 'move' ? effect.to : effect.kind
}

describe.each(Object.keys(table) as Verb[])('%s', (verb) => {
  test.each(stands)('of a job that is %s', (stand) => {
    expect(decide(verb, stand)).toBe(table[verb][stand] ?? 'refused')
  })
})

test('a cancelled rollout that has begun goes back to a worker, which returns the traffic', () => {
  expect(decideVerb('cancel', job('waiting', 'promotion', { begun: true }))).toEqual({
    kind: 'move',
    to: 'queued',
    control: { cancel: true },
  })
})

test('a rollback that runs is not cancelled', () => {
  expect(decide('cancel', 'running', { kind: 'rollback' })).toBe('refused')
})

test.each(['pause', 'promote', 'abort'] as const)('%s is for rollouts alone', (verb) => {
  expect(decide(verb, 'running', { kind: 'build' }, true)).toBe('refused')
})

test('what is noted already is refused', () => {
  expect(decide('cancel', 'running', { control: { cancel: true } })).toBe('refused')
  expect(decide('cancel', 'queued', { control: { cancel: true }, begun: true })).toBe('refused')
  expect(decide('cancel', 'queued', { control: { cancel: true }, begun: false })).not.toBe('refused')
  expect(decide('abort', 'running', { control: { abort: true } })).toBe('refused')
  expect(decide('pause', 'running', { control: { pause: true } })).toBe('refused')
})

test('a running canary can be promoted in full', () => {
  expect(decideVerb('promote', job('running'), true)).toEqual({
    kind: 'control',
    control: { pause: false, promote: 'full' },
  })
  expect(decide('promote', 'running', { control: { promote: 'full' } }, true)).toBe('refused')
})

test('a pause ends a promotion in full that came before it', () => {
  expect(decideVerb('pause', job('running', null, { control: { promote: 'full' } }))).toStrictEqual({
    kind: 'control',
    control: { pause: true, promote: undefined },
  })
})

test('what was asked too late for an attempt is found when the job waits', () => {
  const find = (control: JobControl, waitingFor: WaitReason = 'promotion', kind: JobKind = 'deploy') =>
    findUnheeded({ kind, control, waitingFor })
  expect(find({})).toBeUndefined()
  expect(find({ pause: true, promote: 'step' })).toBeUndefined()
  expect(find({ cancel: true, abort: true })).toBe('cancelled')
  expect(find({ abort: true })).toBe('aborted')
  expect(find({ abort: true }, 'retry')).toBeUndefined()
  expect(find({ cancel: true }, 'retry', 'build')).toBe('cancelled')
  expect(find({ promote: 'full' })).toBe('promoted')
  expect(find({ promote: 'full' }, 'retry')).toBeUndefined()
  expect(find({ promote: 'full' }, 'restored')).toBeUndefined()
  expect(find({ cancel: true }, 'restored')).toBe('cancelled')
})
