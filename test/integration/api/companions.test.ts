import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const digest = `sha256:${'a'.repeat(64)}`
const db = { image: `postgres:18@${digest}`, port: 5432 }
const post = (body: object, token?: string) => api.call('POST', '/v1/jobs', { body, ...(token && { token }) })
const update = (app: string, more: object = {}) => ({
  kind: 'deploy',
  app,
  environment: 'staging',
  service: 'db',
  ...more,
})

function withServices(app: string, services: object, more: object = {}): object {
  const spec = sampleSpec(app) as { environments: Record<string, object> }
  const staging = { ...spec.environments.staging, engine: 'docker', services, ...more }
  return { ...spec, environments: { ...spec.environments, staging } }
}

async function declare(app: string, services: object, more: object = {}): Promise<void> {
  const answer = await api.call('PUT', `/v1/apps/${app}`, { body: withServices(app, services, more) })
  expect(answer.status, answer.text).toBeLessThan(300)
}

test('202: in line with deploys, of which a later one does not take its place, nor does a rollback end it', async () => {
  await declare('lined', { db })
  await playBuild(api, { app: 'lined' })
  for (const _ of [1, 2]) await playDeploy(api, { app: 'lined' })
  const deploy = { kind: 'deploy', app: 'lined', environment: 'staging', version: '1.0.0' }
  await post(deploy)
  const changed = await post(update('lined'))
  expect(changed).toMatchObject({
    status: 202,
    body: { kind: 'deploy', state: 'waiting', waitingFor: 'environment', request: { service: 'db' } },
  })
  for (const body of [deploy, { kind: 'rollback', app: 'lined', environment: 'staging' }])
    expect((await post(body)).status).toBe(202)
  const { state } = (await api.call('GET', `/v1/jobs/${changed.body.id}`)).body
  expect(['waiting', 'queued']).toContain(state)
})

test('where deploys are approved, so is this', async () => {
  await declare('asked', { db }, { approval: 'required' })
  expect((await post(update('asked'))).body).toMatchObject({ state: 'waiting', waitingFor: 'approval' })
})

test('what the spec does not name, beside what it means nothing, and what is none are refused', async () => {
  await declare('named', { db })
  expect(await post(update('named', { service: 'dbs' }))).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining('no service named dbs') },
  })
  for (const key of ['version', 'target', 'dryRun', 'remove', 'adopt'] as const) {
    const value = key === 'version' || key === 'target' ? 'x' : true
    expect((await post(update('named', { [key]: value }))).status, key).toBe(422)
  }
  for (const service of ['../db', 'DB', '', 7, 'a'.repeat(41)])
    expect((await post(update('named', { service }))).body.faults, String(service)).toMatchObject([
      { path: ['service'] },
    ])
  const viewer = await api.createToken('viewer', { app: 'named' })
  expect((await post(update('named'), viewer)).status).toBe(403)
})

test('a secret of a companion has to be stored, and is not removed while a spec names it', async () => {
  await declare('sealed', { db: { ...db, secrets: ['DB_PASSWORD'] } })
  await playBuild(api, { app: 'sealed' })
  const lacking = { status: 409, body: { type: '/problems/secret-missing' } }
  expect(await post({ kind: 'deploy', app: 'sealed', environment: 'staging', version: '1.0.0' })).toMatchObject(lacking)
  expect(await post(update('sealed'))).toMatchObject(lacking)
  await api.call('PUT', '/v1/secrets/DB_PASSWORD?app=sealed', { body: { value: 'correct horse' } })
  expect(await post(update('sealed'))).toMatchObject({ status: 202 })
  expect(await api.call('DELETE', '/v1/secrets/DB_PASSWORD?app=sealed')).toMatchObject({
    body: { type: '/problems/in-use' },
  })
})

test('an image of another app’s repository is not run as a companion', async () => {
  await api.call('PUT', '/v1/apps/owner', { body: sampleSpec('owner') })
  const foreign = await playBuild(api, { app: 'owner' })
  const answer = await api.call('PUT', '/v1/apps/taker', { body: withServices('taker', { db: { image: foreign } }) })
  expect(answer.status, answer.text).toBeLessThan(300)
  const token = await api.createToken('admin', { app: 'taker' })
  expect(await post(update('taker'), token)).toMatchObject({ status: 403, body: { type: '/problems/not-granted' } })
})

test('a registry on a private network is judged as any other that a spec names', async () => {
  const token = await api.createToken('admin', { app: 'inner' })
  const services = { db: { image: `127.0.0.1:5000/db@${digest}` } }
  const answer = await api.call('PUT', '/v1/apps/inner', { body: withServices('inner', services), token })
  expect(answer.body.faults).toMatchObject([{ path: ['environments', 'staging', 'services', 'db', 'image'] }])
})
