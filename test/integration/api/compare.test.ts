import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
const secret = 'a value that is never told'

async function deploy(env: Record<string, string>, version: string) {
  const { environments = {}, ...spec } = sampleSpec()
  const staging = { ...environments.staging, env, secrets: ['KEY'] }
  const body = { ...spec, environments: { ...environments, staging } }
  expect(await api.call('PUT', '/v1/apps/shop', { body })).toMatchObject({ status: 200 })
  await playBuild(api, { version })
  await playDeploy(api, { version, secrets: ['KEY'] })
}

beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await api.call('PUT', '/v1/secrets/KEY?app=shop', { body: { value: secret } })
  await deploy({ LEVEL: 'debug', OLD: '<img onerror>' }, '1.0.0')
  await api.call('PUT', '/v1/secrets/KEY?app=shop', { body: { value: `${secret} 2` } })
  await deploy({ LEVEL: 'info' }, '1.1.0')
})
afterAll(() => api.close())

const compare = (from: number | string, to: number | string, token = api.admin) =>
  api.call('GET', `/v1/apps/shop/environments/staging/compare?from=${from}&to=${to}`, { token })

test('two revisions are compared by what they run with, secrets by fingerprint alone', async () => {
  const { status, body, text } = await compare(1, 2)
  expect(status).toBe(200)
  expect(body).toMatchObject({ from: 1, to: 2 })
  const paths = Object.fromEntries(
    body.changes.map(({ path, ...change }: { path: string; from: unknown; to: unknown }) => [path, change]),
  )
  expect(paths).toEqual({
    image: { from: expect.stringContaining('@sha256:'), to: expect.stringContaining('@sha256:') },
    version: { from: '1.0.0', to: '1.1.0' },
    'env.LEVEL': { from: 'debug', to: 'info' },
    'env.OLD': { from: '<img onerror>', to: null },
    'secrets.KEY': { from: expect.any(String), to: expect.any(String) },
  })
  expect(text).not.toContain(secret)
  const back = (await compare(2, 1)).body.changes
  expect(back).toContainEqual({ path: 'env.OLD', from: null, to: '<img onerror>' })
  expect((await compare(2, 2)).body.changes).toEqual([])
})

test('one that is not there, or not for the token, is not found', async () => {
  expect(await compare(1, 3)).toMatchObject({ status: 404 })
  expect(await compare(1, 2, await api.createToken('admin', { app: 'other' }))).toMatchObject({ status: 404 })
  for (const number of ['0', '', '-1', '1e9', '99999999999'])
    expect(await compare(number, 2)).toMatchObject({ status: 422 })
})
