import { expect, test } from 'vitest'
import { type Asked, judgeHistory, type Kept } from './judge-history.ts'

const told = ['job.queued', 'job.started', 'job.succeeded'].map((type, index) => ({ seq: index + 1, type }))

/** Two requests, of which the second was asked three times: unheard, to come again, accepted. */
const asked: Asked[] = [
  { key: 'a', what: 'build 1', answers: [{ status: 202, jobId: 'j1' }], told },
  { key: 'b', what: 'build 2', answers: [{}, { status: 503 }, { status: 202, jobId: 'j2' }], told },
]
const kept: Kept = {
  jobs: ['j1', 'j2'].map((id) => ({ id, state: 'succeeded' })),
  keys: new Map([
    ['a', 'j1'],
    ['b', 'j2'],
  ]),
}
const change = (request: Partial<Asked>): Asked[] => [asked[0]!, { ...asked[1]!, ...request }]

test('all is well where each request has its one job, which ended as its watcher was told', () => {
  expect(judgeHistory(asked, kept)).toEqual([])
})

test('a request that was refused, or that nobody ever answered, may have left nothing, or for the latter its one job', () => {
  const without: Kept = { jobs: kept.jobs.slice(0, 1), keys: new Map([['a', 'j1']]) }
  expect(judgeHistory(change({ answers: [{ status: 409 }], told: [] }), without)).toEqual([])
  expect(judgeHistory(change({ answers: [{}], told: [] }), without)).toEqual([])
  expect(judgeHistory(change({ answers: [{}], told: [] }), kept)).toEqual([])
  expect(judgeHistory(change({ answers: [{ status: 409 }], told: [] }), kept)).toEqual([
    'build 2: it was refused with 409 and is kept',
  ])
})

test('a lost job is found', () => {
  const found = judgeHistory(asked, { jobs: kept.jobs.slice(0, 1), keys: new Map([['a', 'j1']]) })
  expect(found).toContain('build 2: job j2 is lost: it was accepted and is not kept')
})

test('a doubled job is found: one that nobody asked for, and one for two', () => {
  const jobs = [...kept.jobs, { id: 'j3', state: 'succeeded' as const }]
  expect(judgeHistory(asked, { ...kept, jobs })).toEqual(['job j3 is doubled: no request is its own'])
  const keys = new Map([
    ['a', 'j1'],
    ['b', 'j1'],
  ])
  expect(judgeHistory(change({ answers: [{}], told: [] }), { jobs: kept.jobs.slice(0, 1), keys })).toEqual([
    'job j1 stands for 2 requests',
  ])
})

test('a forked request is found', () => {
  const answers = [
    { status: 202, jobId: 'j2' },
    { status: 202, jobId: 'j3' },
  ]
  const jobs = [...kept.jobs, { id: 'j3', state: 'succeeded' as const }]
  expect(judgeHistory(change({ answers }), { ...kept, jobs }).join('\n')).toMatch(/forked: .* j2 and j3/)
})

test('a job without an end is found', () => {
  const jobs: Kept['jobs'] = [kept.jobs[0]!, { id: 'j2', state: 'waiting' }]
  expect(judgeHistory(asked, { ...kept, jobs })).toContain('build 2: job j2 has not ended: waiting')
})

test('a watcher who was told with a gap, twice, or of another end is found', () => {
  const [queued, started, succeeded] = told as [Asked['told'][0], Asked['told'][0], Asked['told'][0]]
  const toldOf = (events: Asked['told']) => judgeHistory(change({ told: events }), kept)
  expect(toldOf([queued, succeeded])).toEqual(['build 2: job j2: its watcher was told event 3 after 1'])
  expect(toldOf([queued, started, started, succeeded])).toEqual([
    'build 2: job j2: its watcher was told event 2 after 2',
  ])
  expect(toldOf([queued, started, { seq: 3, type: 'job.failed' }])).toEqual([
    'build 2: job j2 is succeeded, its watcher was last told job.failed',
  ])
  expect(toldOf([])).toEqual(['build 2: job j2 is succeeded, its watcher was last told undefined'])
})
