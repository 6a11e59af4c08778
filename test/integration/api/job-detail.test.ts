import type { RolloutPlan } from '@stevedore/contract'
import { beginStep, endStep, type Job } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { claim, finish, playBuild } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

/** Of a canary from revision 1 to 2. */
const plan: RolloutPlan = {
  current: 1,
  input: {
    strategy: { type: 'canary', steps: [{ setWeight: 10 }, { pause: {} }], sticky: false, controller: 'stevedore' },
    stable: { revision: 1, replicas: 2 },
    next: { revision: 2, replicas: 2 },
    settings: {},
    traits: { rolling: 'stepwise', weighting: 'proxy' },
  },
  actions: [
    { do: 'prepare' },
    { do: 'scale-up', revision: 2, count: 2 },
    { do: 'route', weights: { 1: 90, 2: 10 } },
    { do: 'pause' },
    { do: 'finalize', revision: 2, keep: [] },
  ],
}
const names = ['1 prepare', '2 scale-up r2 to 2', '3 route r1 90%, r2 10%', '4 pause until promoted', '5 finalize r2']

/** A deploy of an app of its own. */
async function ask(app: string): Promise<string> {
  await api.call('PUT', `/v1/apps/${app}`, { body: sampleSpec(app) })
  await playBuild(api, { app })
  const deploy = { kind: 'deploy', app, environment: 'staging', version: '1.0.0' }
  return (await api.call('POST', '/v1/jobs', { body: deploy })).body.id
}

async function look(id: string) {
  const { planned, verbs, steps } = (await api.call('GET', `/v1/jobs/${id}`)).body
  return { planned, verbs, begun: steps.map(({ name }: { name: string }) => name) }
}

async function play({ id, attempt }: Job, position: number, name: string, result?: object): Promise<void> {
  await beginStep(api.ledger, { jobId: id, attempt, name, position })
  await endStep(api.ledger, { jobId: id, attempt, name, state: 'succeeded', ...(result ? { result } : {}) })
}

/** A canary that has begun to pause. */
async function playCanary(app: string): Promise<Job> {
  const job = await claim(api, await ask(app))
  await play(job, 0, 'plan', plan)
  for (const [index, name] of names.slice(0, 3).entries()) await play(job, index + 1, name)
  await beginStep(api.ledger, { jobId: job.id, attempt: job.attempt, name: names[3] ?? '', position: 4 })
  return job
}

test('of a fresh deploy nothing is planned yet, and it can be cancelled', async () => {
  const id = await ask('fresh')
  expect(await look(id)).toEqual({ planned: [], verbs: ['cancel'], begun: [] })
  await claim(api, id)
  expect(await look(id)).toMatchObject({ planned: [], begun: [] })
})

test('of a canary what has not begun is planned, in its order, and all may be asked that is heeded', async () => {
  const job = await claim(api, await ask('canary'))
  await play(job, 0, 'plan', plan)
  expect(await look(job.id)).toMatchObject({ planned: names })
  const begun = await playCanary('paused')
  expect(await look(begun.id)).toEqual({
    planned: names.slice(4),
    verbs: ['cancel', 'pause', 'promote', 'abort'],
    begun: ['plan', ...names.slice(0, 4)],
  })
  const waiting = await finish(api, begun, { to: 'waiting', waitingFor: 'promotion' })
  expect(waiting.state).toBe('waiting')
  expect(await look(begun.id)).toMatchObject({
    planned: names.slice(4),
    verbs: ['cancel', 'resume', 'promote', 'abort'],
  })
})

test('of one on its way back nothing is to come, and it is not aborted twice', async () => {
  const job = await playCanary('aborted')
  expect(await api.call('POST', `/v1/jobs/${job.id}/abort`)).toMatchObject({ status: 202 })
  const { planned, verbs } = await look(job.id)
  expect(planned).toEqual([])
  expect(verbs).not.toContain('abort')
})

test('of one that ended nothing is to come; what failed may be tried again, what succeeded not', async () => {
  const failure = { code: 'never-healthy', message: 'It never was healthy.' } as const
  const failed = await playCanary('failed')
  await finish(api, failed, { to: 'failed', failure })
  expect(await look(failed.id)).toMatchObject({ planned: [], verbs: ['retry'] })
  const done = await playCanary('done')
  await finish(api, done)
  expect(await look(done.id)).toMatchObject({ planned: [], verbs: [] })
})

test('a plan of another release that cannot be read any more is none, and the job is shown', async () => {
  const job = await playCanary('older')
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  const result = JSON.stringify({ ...plan, actions: [{ do: 'launch' }] })
  await client.query(`update steps set result = $1 where job_id = $2 and name = 'plan'`, [result, job.id])
  await client.end()
  expect(await look(job.id)).toMatchObject({ planned: [], verbs: ['cancel', 'pause', 'promote', 'abort'] })
})
