import { controlJob, getEnvironment, getJob } from '@stevedore/ledger'
import { waitForJob } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { by, declareApp, enqueueDeploy } from './jobs.ts'
import { openStage, type Stage } from './stage.ts'

const canary = { strategy: { type: 'canary', steps: [{ setWeight: 50 }, { pause: {} }] } }
let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

test('a canary that waits for a person holds no worker: the only one deploys another app meanwhile', async () => {
  const { ledger } = stage
  const [waiting, other] = [await declareApp(ledger, stage.git, canary), await declareApp(ledger, stage.git)]
  await stage.startWorker({ WORKER_CONCURRENCY: '1' })
  expect(await stage.end((await enqueueDeploy(ledger, waiting, '1.0.0')).id)).toMatchObject({ state: 'succeeded' })

  const { id } = await enqueueDeploy(ledger, waiting, '2.0.0')
  const stands = () => getJob(ledger, id)
  expect(await waitForJob(ledger, id, ({ state }) => state === 'waiting')).toMatchObject({
    waitingFor: 'promotion',
    workerId: null,
    leaseUntil: null,
  })
  expect(await stage.end((await enqueueDeploy(ledger, other)).id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  expect(await stands()).toMatchObject({ state: 'waiting', waitingFor: 'promotion' })

  await controlJob(ledger, { jobId: id, verb: 'promote', by })
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', losses: 0, failures: 0 })
  expect(await getEnvironment(ledger, waiting, 'staging')).toMatchObject({ currentRevision: 2 })
  await assertInvariants(ledger)
})
