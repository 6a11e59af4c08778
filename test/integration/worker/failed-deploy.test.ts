import { FailureError } from '@stevedore/contract'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage

beforeAll(async () => {
  stage = await openWorkerStage()
  // What builds is played: no worker is to be quicker.
  await stage.startWorker({ WORKER_KINDS: 'push,deploy,rollback,run' })
})
afterAll(() => stage.close())
afterEach(() => vi.restoreAllMocks())

let nextPort = 8_960
const staging = { engine: 'docker', onFailure: 'stop' } as const

/** The first deploy of an app, which fails as told while its replica is as told. */
async function fail(app: string, failure: FailureError, replica: { healthy: boolean; reason?: string }) {
  const engine = stage.engines.deploy.docker
  let isStarted = false
  vi.spyOn(engine, 'scaleUp').mockImplementation(async () => {
    isStarted = true
    throw failure
  })
  const observe = engine.observe.bind(engine)
  vi.spyOn(engine, 'observe').mockImplementation(async (place, signal) => ({
    ...(await observe(place, signal)),
    replicas: isStarted ? [{ name: `${app}-1`, revision: 1, state: 'running', ...replica }] : [],
  }))
  const port = nextPort++
  await stage.api.call('PUT', `/v1/apps/${app}`, {
    body: { ...sampleSpec(app), environments: { staging: { ...staging, port } } },
  })
  await playBuild(stage.api, { app })
  return stage.run({ kind: 'deploy', app, environment: 'staging' })
}

const late = () => new FailureError('deploy-deadline', { diagnosis: 'the deploy took longer than 10 s' })

test('a deploy that is late for a replica that is not healthy says that, and what was last seen of it', async () => {
  const { error } = await fail('sick', late(), { healthy: false, reason: 'GET /health: 503' })
  expect(error).toMatchObject({ code: 'never-healthy', diagnosis: expect.stringContaining('sick-1: GET /health: 503') })
  const { body } = await stage.api.call('GET', '/v1/apps/sick/environments/staging')
  expect(body).toMatchObject({
    desired: null,
    observed: { replicas: [{ name: 'sick-1', healthy: false, reason: 'GET /health: 503' }] },
    lastFailure: { kind: 'deploy', code: 'never-healthy' },
  })
})

test('one that is late for no such reason is late', async () => {
  expect((await fail('slow', late(), { healthy: true })).error?.code).toBe('deploy-deadline')
})

test('a step that does not end in time is not the whole deploy', async () => {
  const step = new FailureError('deadline-exceeded', { diagnosis: 'checkout took longer than 60 s' })
  expect((await fail('stepped', step, { healthy: true })).error?.code).toBe('deadline-exceeded')
})
