import { sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
const value = 'a value that is never told'
const markup = '<img src=x onerror=alert(1)>'

function specWith(env: Record<string, string>) {
  const { environments = {}, ...spec } = sampleSpec()
  return { ...spec, environments: { ...environments, staging: { ...environments.staging, env, secrets: ['KEY'] } } }
}

const declare = (env: Record<string, string>, token = api.admin) =>
  api.call('PUT', '/v1/apps/shop', { token, body: specWith(env) })
const ask = async (path: string, token = api.admin) => api.call('GET', `/v1/apps/shop/${path}`, { token })

beforeAll(async () => {
  api = await startTestApi()
  await declare({ LEVEL: 'debug' })
  await api.call('PUT', '/v1/secrets/KEY?app=shop', { body: { value } })
  await declare({ LEVEL: 'info', MARKUP: markup })
  await declare({ LEVEL: 'warn' }, await api.createToken('admin'))
  await declare({})
  await declare({ A: 'b' })
  await api.call('PUT', '/v1/apps/blog', { body: sampleSpec('blog') })
})
afterAll(() => api.close())

test('the versions of a spec are listed newest first, with when and by whom, page by page', async () => {
  const { body } = await ask('spec-versions')
  expect(body.next).toBeNull()
  expect(body.items.map(({ specVersion }: { specVersion: number }) => specVersion)).toEqual([5, 4, 3, 2, 1])
  const at = expect.stringMatching(/^\d{4}-.*Z$/)
  const by = expect.stringMatching(/^token:admin-/)
  expect(body.items[0]).toEqual({ app: 'shop', specVersion: 5, declaredBy: by, declaredAt: at })
  expect(body.items[2].declaredBy).not.toBe(body.items[3].declaredBy)

  const first = (await ask('spec-versions?limit=2')).body
  const second = (await ask(`spec-versions?limit=2&cursor=${first.next}`)).body
  const third = (await ask(`spec-versions?limit=2&cursor=${second.next}`)).body
  expect([...first.items, ...second.items, ...third.items]).toEqual(body.items)
  expect(third.next).toBeNull()
})

test('a cursor of another app or of another list is refused', async () => {
  const { next } = (await ask('spec-versions?limit=2')).body
  for (const path of [`/v1/apps/blog/spec-versions?cursor=${next}`, `/v1/apps/shop/deliveries?cursor=${next}`])
    expect(await api.call('GET', path)).toMatchObject({ status: 422 })
})

test('one version tells its spec with all defaults, which declares the same again', async () => {
  const { body, text } = await ask('spec-versions/2')
  expect(body).toMatchObject({ app: 'shop', specVersion: 2, spec: { app: 'shop', retain: { images: 20 } } })
  expect(body.spec.environments.staging).toMatchObject({ env: { LEVEL: 'info', MARKUP: markup }, secrets: ['KEY'] })
  expect(text).not.toContain(value)
  expect((await ask('spec-versions/5')).body).toEqual((await api.call('GET', '/v1/apps/shop')).body)

  const { spec } = (await ask('spec-versions/5')).body
  expect(await api.call('PUT', '/v1/apps/shop', { body: spec })).toMatchObject({
    status: 200,
    body: { specVersion: 5 },
  })
})

test('two versions are compared by path, either way', async () => {
  const { status, body } = await ask('compare?from=1&to=2')
  expect({ status, body }).toEqual({
    status: 200,
    body: {
      ...{ from: 1, to: 2 },
      changes: [
        { path: 'environments.staging.env.LEVEL', from: 'debug', to: 'info' },
        { path: 'environments.staging.env.MARKUP', from: null, to: markup },
      ],
    },
  })
  const back = (await ask('compare?from=2&to=1')).body.changes
  expect(back).toContainEqual({ path: 'environments.staging.env.MARKUP', from: markup, to: null })
  expect((await ask('compare?from=2&to=2')).body.changes).toEqual([])
})

test('one that is not there is not found, what cannot be one neither', async () => {
  for (const number of ['6', '0', '-1', '1e3', '99999999999', 'x', '%00', '__proto__'])
    expect(await ask(`spec-versions/${number}`), number).toMatchObject({ status: 404 })
  expect(await ask('compare?from=1&to=6')).toMatchObject({ status: 404 })
  for (const query of ['', '?from=1', '?from=0&to=1', '?from=1&to=1e3', '?from=1&from=2&to=3', '?from=1&to=2&more=1'])
    expect(await ask(`compare${query}`), query).toMatchObject({ status: 422 })
  for (const query of ['?limit=0', '?limit=201', '?cursor=c1', '?cursor=c1.aaaaaaaaaaaaaaaa'])
    expect(await ask(`spec-versions${query}`), query).toMatchObject({ status: 422 })
})

test('they are as far as the app is: for a token of one environment, and of no other app', async () => {
  const paths = ['spec-versions', 'spec-versions/1', 'compare?from=1&to=2']
  const near = await api.createToken('viewer', { app: 'shop', environment: 'staging' })
  const far = await api.createToken('admin', { app: 'blog' })
  for (const path of paths) {
    expect(await ask(path, near), path).toMatchObject({ status: 200 })
    const refused = await ask(path, far)
    const unknown = await api.call('GET', `/v1/apps/nothing/${path}`, { token: far })
    expect(refused).toMatchObject({ status: 404, body: { type: '/problems/not-found' } })
    expect(unknown).toMatchObject({ status: 404, body: { detail: refused.body.detail } })
  }
})

test('a version of an earlier release lacks what was added since, and does not keep the others from being told', async () => {
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  const change = (text: string) =>
    client.query(`update app_specs set spec = ${text} where app = 'shop' and spec_version = 1`)
  await change(`spec - 'retain' - 'triggers'`)
  expect(await ask('spec-versions/1')).toMatchObject({ status: 200, body: { spec: { triggers: [], retain: {} } } })
  await change(`spec || '{"launch": "a key that was taken out"}'`)
  expect(await ask('spec-versions/1')).toMatchObject({ status: 500, body: { type: '/problems/internal' } })
  expect((await ask('spec-versions')).body.items).toHaveLength(5)
  expect(await ask('compare?from=2&to=3')).toMatchObject({ status: 200 })
  await client.end()
})

test('those of a retired app are gone with it, and back with it', async () => {
  const { body } = await api.call('GET', '/v1/apps/blog')
  expect(await api.call('DELETE', '/v1/apps/blog')).toMatchObject({ status: 204 })
  expect(await api.call('GET', '/v1/apps/blog/spec-versions')).toMatchObject({ status: 404 })
  await api.call('PUT', '/v1/apps/blog', { body: body.spec })
  const { items } = (await api.call('GET', '/v1/apps/blog/spec-versions')).body
  expect(items.map(({ specVersion }: { specVersion: number }) => specVersion)).toEqual([2, 1])
})
