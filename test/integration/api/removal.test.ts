import { recordRemoval } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { by, claim, finish, playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const post = (body: object, token?: string) => api.call('POST', '/v1/jobs', { body, ...(token && { token }) })
const remove = (app: string, more: object = {}) => ({
  kind: 'deploy',
  app,
  environment: 'staging',
  remove: true,
  ...more,
})

/** An app of its own whose `staging` runs. */
async function declareRunning(app: string): Promise<void> {
  expect(await api.call('PUT', `/v1/apps/${app}`, { body: sampleSpec(app) })).toMatchObject({ status: 201 })
  await playBuild(api, { app })
  await playDeploy(api, { app })
}

/** What a worker records of a removal. */
async function playRemoval(app: string, jobId: string): Promise<void> {
  const job = await claim(api, jobId)
  await recordRemoval(api.ledger, { jobId, attempt: job.attempt, app, environment: 'staging', by })
  await finish(api, job, { to: 'succeeded', result: { removed: 1 } })
}

test('202: a deploy job like any other, after which nothing runs and the history stays', async () => {
  await declareRunning('taken')
  const answer = await post(remove('taken'))
  expect(answer).toMatchObject({
    status: 202,
    body: { kind: 'deploy', state: 'queued', environment: 'staging', request: { remove: true } },
  })
  await playRemoval('taken', answer.body.id)
  const path = '/v1/apps/taken/environments/staging'
  expect((await api.call('GET', path)).body).toMatchObject({ desired: null, observed: null, pinnedBy: null })
  expect((await api.call('GET', `${path}/revisions`)).body.items).toMatchObject([{ number: 1, state: 'retired' }])
  const rollback = { kind: 'rollback', app: 'taken', environment: 'staging' }
  expect(await post(rollback)).toMatchObject({ status: 409, body: { type: '/problems/no-previous-release' } })
  expect(await post({ ...rollback, toRevision: 1 })).toMatchObject({ status: 202, body: { state: 'queued' } })
})

test('202 for an environment that has left the spec, by the rules that it was deployed with', async () => {
  await declareRunning('left')
  await playDeploy(api, { app: 'left', environment: 'production' })
  const spec = { ...sampleSpec('left'), environments: { other: { engine: 'docker', port: 9_083 } } }
  expect(await api.call('PUT', '/v1/apps/left', { body: spec })).toMatchObject({ status: 200 })
  expect(await post(remove('left'))).toMatchObject({ status: 202, body: { state: 'queued' } })
  const guarded = await post(remove('left', { environment: 'production' }))
  expect(guarded).toMatchObject({ status: 202, body: { state: 'waiting', waitingFor: 'approval' } })
})

test('where approval is required a removal waits for it', async () => {
  await declareRunning('guarded')
  const spec = sampleSpec('guarded')
  const staging = { ...spec.environments?.staging, approval: 'required' }
  await api.call('PUT', '/v1/apps/guarded', { body: { ...spec, environments: { staging } } })
  const { body } = await post(remove('guarded'))
  expect(body).toMatchObject({ state: 'waiting', waitingFor: 'approval' })
  const token = await api.createToken('approver')
  expect(await api.call('POST', `/v1/jobs/${body.id}/approve`, { token })).toMatchObject({ body: { state: 'queued' } })
})

test('a removal waits in the line behind a deploy, and a newer deploy supersedes it', async () => {
  await declareRunning('lined')
  const deploy = { kind: 'deploy', app: 'lined', environment: 'staging', version: '1.0.0' }
  await claim(api, (await post(deploy)).body.id)
  const { body } = await post(remove('lined'))
  expect(body).toMatchObject({ state: 'waiting', waitingFor: 'environment', place: 1 })
  await post(deploy)
  expect((await api.call('GET', `/v1/jobs/${body.id}`)).body).toMatchObject({ state: 'superseded' })
})

test('409 where nothing was ever deployed', async () => {
  await api.call('PUT', '/v1/apps/empty', { body: sampleSpec('empty') })
  expect(await post(remove('empty'))).toMatchObject({
    status: 409,
    body: { type: '/problems/conflict', detail: 'nothing was ever deployed to staging of empty' },
  })
})

test('404 for an environment that neither the spec nor the history knows', async () => {
  await api.call('PUT', '/v1/apps/empty', { body: sampleSpec('empty') })
  expect(await post(remove('empty', { environment: 'nowhere' }))).toMatchObject({ status: 404 })
})

test('422 beside what a deploy names, with every path', async () => {
  const answer = await post(remove('empty', { version: '1.0.0', dryRun: true, strategy: 'canary' }))
  expect(answer).toMatchObject({ status: 422, body: { type: '/problems/validation-failed' } })
  const paths = answer.body.faults.map(({ path }: { path: string[] }) => path.join('.'))
  expect(paths.sort()).toEqual(['dryRun', 'strategy', 'version'])
})

test('403 for a viewer, 404 for another app’s deployer', async () => {
  await declareRunning('owned')
  expect(await post(remove('owned'), await api.createToken('viewer'))).toMatchObject({ status: 403 })
  expect(await post(remove('owned'), await api.createToken('deployer', { app: 'empty' }))).toMatchObject({
    status: 404,
  })
  expect((await api.call('GET', '/v1/apps/owned/environments/staging')).body).toMatchObject({ activeJobId: null })
})

test('the data goes by an administrator’s word alone, for a retry as well, and the trail names what went', async () => {
  await declareRunning('stored')
  const withData = remove('stored', { withData: true })
  for (const role of ['deployer', 'approver', 'viewer'] as const)
    expect(await post(withData, await api.createToken(role))).toMatchObject({ status: 403 })
  const other = await api.createToken('admin', { app: 'empty' })
  expect(await post(withData, other)).toMatchObject({ status: 404 })
  expect((await api.call('GET', '/v1/apps/stored/environments/staging')).body).toMatchObject({ activeJobId: null })
  const { body } = await post(withData, await api.createToken('admin', { app: 'stored', environment: 'staging' }))
  expect(body).toMatchObject({ state: 'queued', request: { remove: true, withData: true } })
  const job = await claim(api, body.id)
  const data = { revision: 1, volumes: ['uploads'] }
  const fence = { jobId: body.id, attempt: job.attempt, app: 'stored', environment: 'staging', by }
  await recordRemoval(api.ledger, { ...fence, data })
  await finish(api, job, { to: 'failed', failure: { code: 'internal', message: 'x' } } as never)
  const retry = (token?: string) => api.call('POST', `/v1/jobs/${body.id}/retry`, { ...(token && { token }) })
  expect(await retry(await api.createToken('deployer'))).toMatchObject({ status: 403 })
  expect(await retry()).toMatchObject({ status: 202 })
  const trail = await api.call('GET', '/v1/audit?app=stored&action=environment.removed')
  expect(trail.body.items).toMatchObject([{ detail: { revision: 1, volumesRemoved: ['uploads'] } }])
})

test('what goes where nothing runs any more is in the trail too; a removal that ends no data adds nothing', async () => {
  await declareRunning('emptied')
  const record = async (data?: { revision: number; volumes: string[] }) => {
    const { body } = await post(remove('emptied', data ? { withData: true } : {}))
    const job = await claim(api, body.id)
    const fence = { jobId: body.id, attempt: job.attempt, app: 'emptied', environment: 'staging', by }
    await recordRemoval(api.ledger, { ...fence, data })
    await finish(api, job, { to: 'succeeded', result: { removed: 1 } })
  }
  await record()
  await record()
  await record({ revision: 1, volumes: ['uploads'] })
  const trail = await api.call('GET', '/v1/audit?app=emptied&action=environment.removed')
  const details = trail.body.items.map(({ detail }: { detail: object }) => detail)
  expect(details).toMatchObject([{ revision: 1 }, { revision: 1, volumesRemoved: ['uploads'] }])
  expect(details[0]).not.toHaveProperty('volumesRemoved')
})

test('422 for data without a removal, and for a strategy that an unshared volume does not bear', async () => {
  const spec = sampleSpec('bearing')
  const staging = { ...spec.environments?.staging, replicas: 1, volumes: { data: { path: '/data' } } }
  const declared = await api.call('PUT', '/v1/apps/bearing', { body: { ...spec, environments: { staging } } })
  expect(declared).toMatchObject({
    status: 201,
    body: { spec: { environments: { staging: { strategy: { type: 'recreate' } } } } },
  })
  await playBuild(api, { app: 'bearing' })
  const deploy = { kind: 'deploy', app: 'bearing', environment: 'staging', version: '1.0.0' }
  for (const [more, path] of [
    [{ withData: true }, 'withData'],
    [{ strategy: 'blue-green' }, 'strategy'],
  ] as const) {
    const answer = await post({ ...deploy, ...more })
    expect(answer).toMatchObject({
      status: 422,
      body: { type: '/problems/validation-failed', faults: [{ path: [path] }] },
    })
  }
  expect(await post({ ...deploy, strategy: 'recreate' })).toMatchObject({ status: 202 })
})

test('an app that runs is not retired: 409 names where, and the command that takes it down', async () => {
  await declareRunning('lasting')
  const retire = () => api.call('DELETE', '/v1/apps/lasting')
  expect(await retire()).toMatchObject({
    status: 409,
    body: { type: '/problems/in-use', detail: expect.stringContaining('stevedore remove lasting staging') },
  })
  await playRemoval('lasting', (await post(remove('lasting'))).body.id)
  expect(await retire()).toMatchObject({ status: 204 })
})
