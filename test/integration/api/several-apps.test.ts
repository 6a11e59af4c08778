import { readContents, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

/** What an app says beside its name, with a way in of its own. */
const on = (host: string, more: object = {}) => ({
  source: { git: 'https://git.example.com/acme/shop.git', path: 'services' },
  environments: { staging: { engine: 'docker', host, ...more } },
})
const put = (apps: unknown, token = api.admin) => api.call('PUT', '/v1/apps', { body: { apps }, token })
const outcomes = (items: { app: string; outcome: string; specVersion: number }[]) =>
  items.map(({ app, outcome, specVersion }) => [app, outcome, specVersion])

test('each is made, changed or left as it is, with versions and audit entries of its own', async () => {
  const both = { web: on('web.example.com'), api: on('api.example.com') }
  const first = await put(both)
  expect(first.status).toBe(200)
  expect(outcomes(first.body.items)).toEqual([
    ['api', 'created', 1],
    ['web', 'created', 1],
  ])
  expect((await api.call('GET', '/v1/apps/web')).body.spec).toEqual(first.body.items[1].spec)
  const again = await put({ ...both, web: on('web.example.com', { replicas: 3 }) })
  expect(outcomes(again.body.items)).toEqual([
    ['api', 'unchanged', 1],
    ['web', 'changed', 2],
  ])
  const { items } = (await api.call('GET', '/v1/audit?action=app.declared')).body
  expect(
    items.map((one: { app: string; detail: { specVersion: number } }) => [one.app, one.detail.specVersion]),
  ).toEqual([
    ['api', 1],
    ['web', 1],
    ['web', 2],
  ])
  // What is not named stays.
  expect(outcomes((await put({ api: both.api })).body.items)).toEqual([['api', 'unchanged', 1]])
  expect((await api.call('GET', '/v1/apps/web')).body.specVersion).toBe(2)
})

test.each<[string, object, string[]]>([
  ['what no schema takes', { replicas: 0 }, ['environments', 'staging', 'replicas']],
  ['what this server does not take', { writablePaths: ['/a/../b'] }, ['environments', 'staging', 'writablePaths', '0']],
  ['what is another app’s', { host: 'web.example.com' }, ['environments', 'staging', 'host']],
])('one that is refused keeps all from being declared, and is told with its path: %s', async (_what, bad, path) => {
  const { tokens: _, ...before } = await readContents(api.databaseUrl)
  const answer = await put({
    api: on('api2.example.com'),
    fresh: on('fresh.example.com'),
    zoo: on('zoo.example.com', bad),
  })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  const [fault] = answer.body.faults
  expect(fault.path.map(String).slice(0, 2 + path.length)).toEqual(['apps', 'zoo', ...path])
  expect(answer.body.detail).toContain('apps.zoo')
  const { tokens: __, ...after } = await readContents(api.databaseUrl)
  expect(after).toEqual(before)
})

test('two of one file cannot have one host name, and one can take over what another gives up', async () => {
  const same = await put({ one: on('same.example.com'), two: on('same.example.com') })
  expect(same.body).toMatchObject({ status: 403, faults: [{ path: expect.arrayContaining(['apps', 'two']) }] })
  expect((await put({ one: on('one.example.com'), two: on('two.example.com') })).status).toBe(200)
  const swapped = await put({ one: on('two.example.com'), two: on('one.example.com') })
  expect(outcomes(swapped.body.items)).toEqual([
    ['one', 'changed', 2],
    ['two', 'changed', 2],
  ])
  const taken = await put({ three: on('two.example.com') })
  expect(taken.body.faults).toMatchObject([{ path: ['apps', 'three', 'environments', 'staging', 'host'] }])
})

test('those who declare the same apps at once take turns', async () => {
  const names = ['a', 'b', 'c', 'd']
  const declare = (order: string[], replicas: number) =>
    put(Object.fromEntries(order.map((name) => [name, on(`${name}.turns.example.com`, { replicas })])))
  const alone = (name: string, replicas: number) =>
    api.call('PUT', `/v1/apps/${name}`, { body: { app: name, ...on(`${name}.turns.example.com`, { replicas }) } })
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => [
      declare(n % 2 ? names : names.toReversed(), n + 1),
      alone(names[n % 4] ?? '', n + 11),
    ]).flat(),
  )
  expect(answers.map(({ status }) => status).filter((status) => status > 201)).toEqual([])
})

test('it takes the right to administer each of them', async () => {
  const scoped = await api.createToken('admin', { app: 'api' })
  expect((await put({ api: on('api.example.com') }, scoped)).status).toBe(200)
  expect((await put({ api: on('api.example.com'), web: on('web.example.com') }, scoped)).status).toBe(404)
  expect((await put({ api: on('api.example.com') }, await api.createToken('deployer'))).status).toBe(403)
  const narrow = await api.createToken('admin', { app: 'api', environment: 'staging' })
  expect((await put({ api: on('api.example.com') }, narrow)).status).toBe(403)
})

test('an approval that one of them would do without is refused to who administers that app alone', async () => {
  await put({ api: on('api.example.com', { approval: 'required' }) })
  const scoped = await api.createToken('admin', { app: 'api' })
  const refused = await put({ api: on('api.example.com') }, scoped)
  expect(refused.body).toMatchObject({
    status: 403,
    faults: [{ path: ['apps', 'api', 'environments', 'staging', 'approval'], code: 'approval-loosened' }],
  })
})

test.each<[string, unknown]>([
  ['no app', {}],
  ['a list', [sampleSpec()]],
  ['a name that sets a prototype', JSON.parse('{"__proto__": {}}')],
  ['a name that is none', { 'a/b': {} }],
  ['fifty-one apps', Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n}`, {}]))],
  ['another name within', { api: { app: 'web' } }],
])('%s is refused', async (_what, apps) => {
  const answer = await put(apps)
  expect(answer.status).toBe(422)
  expect(answer.body.faults[0].path[0]).toBe('apps')
})

test('fifty apps are declared within the time that a caller is given', async () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`many-${n}`, on(`${n}.many.example.com`)]))
  expect((await put(many)).body.items).toHaveLength(50)
})
