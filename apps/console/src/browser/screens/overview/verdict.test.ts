import { expect, test } from 'vitest'
import { makeEnvironment, makeJob, makeWorker } from '../../testing/make-views.ts'
import { judge } from './verdict.ts'

const now = Date.parse('2026-03-01T12:30:00Z')
const calm = { environments: [makeEnvironment()], apps: ['shop'], unfinished: [], failed: [], workers: [makeWorker()] }

test('when all is well it says so, and nothing else', () => {
  expect(judge(calm, now)).toEqual({
    tone: 'good',
    sentence: 'Nothing runs at the moment; nothing has failed in the last hour.',
  })
})

test('what waits for a person goes before what went wrong, and that before the rest', () => {
  const verdict = judge(
    {
      ...calm,
      unfinished: [
        makeJob({ state: 'waiting', waitingFor: 'approval' }),
        makeJob({ state: 'waiting', waitingFor: 'approval' }),
        makeJob({ state: 'running' }),
      ],
      failed: [makeJob({ state: 'failed', finishedAt: '2026-03-01T12:10:00Z' })],
    },
    now,
  )
  expect(verdict).toEqual({
    tone: 'bad',
    sentence: '2 deploys wait for approval; 1 job has failed in the last hour; 1 job runs.',
  })
})

test('a failure of long ago is none of now', () => {
  const failed = [makeJob({ state: 'failed', finishedAt: '2026-03-01T11:29:59Z' })]
  expect(judge({ ...calm, failed }, now).tone).toBe('good')
})

test('a lost worker is named with the time, and that none is left', () => {
  const workers = [makeWorker({ id: 'b-2', live: false })]
  expect(judge({ ...calm, workers }, now).sentence).toMatch(/^Worker b-2 is lost since \d\d:\d\d; no worker lives/)
})

test('whom the workers are none of, is told nothing of them', () => {
  expect(judge({ ...calm, workers: null }, now).tone).toBe('good')
})

test('an environment with too few replicas is named, unless a job is at work there', () => {
  const ill = makeEnvironment({ replicas: { healthy: 1, desired: 2 } })
  expect(judge({ ...calm, environments: [ill] }, now).sentence).toMatch(/^Shop is not healthy in staging/)
  const busy = makeEnvironment({ replicas: { healthy: 1, desired: 2 }, activeJobId: 'j' })
  expect(judge({ ...calm, environments: [busy] }, now).tone).toBe('good')
})
