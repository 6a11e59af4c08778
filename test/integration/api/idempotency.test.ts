import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { claim, finish, playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

const build = { kind: 'build', app: 'shop', target: 'testing' }
const post = (body: object, key: string, token = api.admin) =>
  api.call('POST', '/v1/jobs', { token, body, headers: { 'idempotency-key': key } })
const countJobs = async () => (await api.call('GET', '/v1/jobs?limit=200')).body.items.length

test('fifty at once with one key make one job, and all are told of it', async () => {
  const before = await countJobs()
  const answers = await Promise.all(Array.from({ length: 50 }, () => post(build, 'fifty')))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(await countJobs()).toBe(before + 1)
})

test('the order of members is no difference; another value is', async () => {
  const first = await post(build, 'order')
  const again = await post({ target: 'testing', app: 'shop', kind: 'build' }, 'order')
  expect(again).toMatchObject({ status: 202, body: { id: first.body.id } })
  expect(await post({ ...build, target: 'production' }, 'order')).toMatchObject({
    status: 422,
    body: { type: '/problems/idempotency-key-reused' },
  })
})

test('a key belongs to the token that sent it', async () => {
  const first = await post(build, 'mine')
  const other = await post(build, 'mine', await api.createToken('deployer'))
  expect(other.status).toBe(202)
  expect(other.body.id).not.toBe(first.body.id)
})

test('a repeat finds its job although the same request would now be refused', async () => {
  await playBuild(api)
  await playDeploy(api)
  await playBuild(api, { version: '2.0.0' })
  await playDeploy(api, { version: '2.0.0' })
  const rollback = { kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 1 }
  const first = await post(rollback, 'back')
  await finish(api, await claim(api, first.body.id))
  expect(await post(rollback, 'back')).toMatchObject({ status: 202, body: { id: first.body.id, state: 'succeeded' } })
})

test.each(['', 'a b', 'ä', 'x'.repeat(256)])('a key such as “%s” is refused', async (key) => {
  const before = await countJobs()
  expect(await post(build, key)).toMatchObject({ status: 422, body: { type: '/problems/validation-failed' } })
  expect(await countJobs()).toBe(before)
})
