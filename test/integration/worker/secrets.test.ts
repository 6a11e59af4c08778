import type { Release } from '@stevedore/engine'
import { listEvents } from '@stevedore/ledger'
import { sampleSpec, waitForJob } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let worker: { close(): Promise<void> }
const started: Release[] = []

const pausing = { type: 'canary', steps: [{ setWeight: 50 }, { pause: {} }, { setWeight: 100 }] }

beforeAll(async () => {
  stage = await openWorkerStage()
  const { docker } = stage.engines.deploy
  stage.engines.deploy.docker = {
    ...docker,
    scaleUp(release, count, context) {
      started.push(release)
      return docker.scaleUp(release, count, context)
    },
  }
  const spec = sampleSpec()
  const staging = { engine: 'docker', port: 8081, replicas: 2, strategy: pausing, secrets: ['DATABASE_URL'] }
  await stage.api.call('PUT', '/v1/apps/shop', { body: { ...spec, environments: { staging } } })
  await playBuild(stage.api)
  await store('the first value')
  worker = await stage.startWorker()
})
afterAll(() => stage.close())

const store = async (value: string) =>
  expect(await stage.api.call('PUT', '/v1/secrets/DATABASE_URL?app=shop', { body: { value } })).toMatchObject({
    status: 200,
  })
const read = async (more = '') => (await stage.api.call('GET', `/v1/apps/shop/environments/staging${more}`)).body
const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' } as const
const valuesOf = (revision: number) =>
  new Set(started.filter((release) => release.revision === revision).map(({ secrets }) => secrets.DATABASE_URL))

test('a secret that changes in mid-rollout changes nothing of it: all replicas of a revision get one value', async () => {
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  await store('the second value')
  expect(await stage.api.call('POST', `/v1/jobs/${id}/promote`)).toMatchObject({ status: 202 })
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
  expect(started.filter(({ revision }) => revision === 2).length).toBeGreaterThan(1)
  expect(valuesOf(2)).toEqual(new Set(['the first value']))
  expect(await read('/revisions/2')).toMatchObject({ secrets: [{ name: 'DATABASE_URL', version: 1 }] })
})

test('status says that a newer value waits, and the next deploy takes it', async () => {
  expect(await read()).toMatchObject({ desired: { number: 2 }, changedSecrets: ['DATABASE_URL'] })
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  await stage.api.call('POST', `/v1/jobs/${id}/promote`)
  await stage.end(id)
  expect(valuesOf(3)).toEqual(new Set(['the second value']))
  expect(await read()).toMatchObject({ desired: { number: 3 }, changedSecrets: [] })
})

test('a rollback chooses anew: what was rotated since would make it fail', async () => {
  started.length = 0
  const rollback = { kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 1 } as const
  expect(await stage.run(rollback)).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
  expect(valuesOf(1)).toEqual(new Set(['the second value']))
  expect(await read()).toMatchObject({ desired: { number: 1 }, changedSecrets: [] })
})

test('a stable revision that must be brought back in full gets the values that it runs with', async () => {
  await store('the third value')
  started.length = 0
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  expect(await stage.api.call('POST', `/v1/jobs/${id}/abort`)).toMatchObject({ status: 202 })
  expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'aborted' } })
  expect(valuesOf(1)).toEqual(new Set(['the second value']))
})

test('a stable revision whose value was moved to another scope is brought back with the one that holds now', async () => {
  started.length = 0
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  const moved = { body: { value: 'the moved value' } }
  expect(await stage.api.call('PUT', '/v1/secrets/DATABASE_URL', moved)).toMatchObject({ status: 200 })
  expect((await stage.api.call('DELETE', '/v1/secrets/DATABASE_URL?app=shop')).status).toBe(204)
  await stage.api.call('POST', `/v1/jobs/${id}/abort`)
  expect(await stage.end(id)).toMatchObject({ state: 'failed', error: { code: 'aborted' } })
  expect(valuesOf(1)).toEqual(new Set(['the moved value']))
})

test('another worker that goes on with a rollout starts its replicas with the values that it began with', async () => {
  await store('the value at its begin')
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  started.length = 0
  await stage.startWorker()
  await worker.close()
  await store('the value since')
  await stage.api.call('POST', `/v1/jobs/${id}/promote`)
  const { state, result } = await stage.end(id)
  expect(state).toBe('succeeded')
  expect(valuesOf((result as { revision: number }).revision)).toEqual(new Set(['the value at its begin']))
})

test('a value that is a word of the events hides none of them', async () => {
  await store('replica')
  const id = await stage.request(deploy)
  await waitForJob(stage.api.ledger, id, ({ waitingFor }) => waitingFor === 'promotion')
  await stage.api.call('POST', `/v1/jobs/${id}/promote`)
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded' })
  const events = await listEvents(stage.api.ledger, { jobId: id, after: 0, limit: 100 })
  expect(events.map(({ type }) => type)).toContain('replica.started')
})
