import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

const withRegistry = (registry: string) => (app: string) => ({
  ...sampleSpec(app),
  image: { registry, name: `acme/${app}` },
})
const withMetrics = (prometheus: string) => (app: string) => {
  const analysis = { prometheus, query: 'up', success: 'result > 0' }
  const strategy = { type: 'canary', steps: [{ setWeight: 10 }], analysis }
  const { environments, ...spec } = sampleSpec(app)
  const staging = { engine: 'docker', host: `staging.${app}.example.com`, strategy }
  return { ...spec, environments: { ...environments, staging } }
}

const declare = async (app: string, spec: (app: string) => object, token?: string) => {
  const { status, body } = await api.call('PUT', `/v1/apps/${app}`, { body: spec(app), ...(token && { token }) })
  return { status, faults: body.faults }
}
const places: [string, (app: string) => object, string][] = [
  ...['10.1.0.1:5000', '10.1.0.2', 'localhost:5000', 'registry:5000', '127.1', '0x7f000001', 'r.localhost'].map(
    (host): [string, (app: string) => object, string] => [host, withRegistry(host), 'image.registry'],
  ),
  ...[
    'http://10.1.0.1:9090',
    'http://prometheus:9090',
    'https://localhost',
    'http://[::1]:9090',
    'http://2130706434',
  ].map((address): [string, (app: string) => object, string] => [
    address,
    withMetrics(address),
    'environments.staging.strategy.analysis.prometheus',
  ]),
]

describe.each(places)('row 51: %s on a private network', (_place, spec, path) => {
  test('is for who administers the server to name, and then for all apps', async () => {
    const scoped = await api.createToken('admin', { app: 'theirs' })
    const refused = await declare('theirs', spec, scoped)
    expect(refused).toMatchObject({ status: 422, faults: [{ code: 'address-not-allowed' }] })
    expect(refused.faults[0].path.join('.')).toBe(path)
    expect(await declare('ours', spec)).toMatchObject({ faults: undefined })
    expect(await declare('theirs', spec, scoped)).toMatchObject({ faults: undefined })
  })
})

test('a port that nobody named stays closed beside one that somebody did', async () => {
  const scoped = await api.createToken('admin', { app: 'beside' })
  await declare('ours', withRegistry('10.2.0.1:5000'))
  expect(await declare('beside', withRegistry('10.2.0.1:6379'), scoped)).toMatchObject({ status: 422 })
})

test.each([
  ['a registry without a port', withRegistry('10.3.0.1'), ['10.3.0.1:443', '10.3.0.1:80', '10.3.0.1'], '10.3.0.1:5000'],
  ['a registry with one', withRegistry('10.3.0.2:443'), ['10.3.0.2'], '10.3.0.2:80'],
])('%s opens the ports that it is asked on, and no other', async (_, spec, open, closed) => {
  const scoped = await api.createToken('admin', { app: 'ports' })
  await declare('ours', spec)
  for (const registry of open)
    expect(await declare('ports', withRegistry(registry), scoped)).toMatchObject({ faults: undefined })
  for (const other of [withRegistry(closed), withMetrics(`http://${closed.replace(/:\d+$/, '')}:9090`)])
    expect(await declare('ports', other, scoped)).toMatchObject({ faults: [{ code: 'address-not-allowed' }] })
})

describe('a registry that a build names', () => {
  const build = (app: string, registry: string, token?: string, more: object = {}) =>
    api.call('POST', '/v1/jobs', {
      body: { kind: 'build', app, push: true, registry, ...more },
      ...(token && { token }),
    })

  test.each(['10.4.0.1:5000', '10.4.0.1', 'localhost:6000', 'cache:6379', '127.2'])(
    '%s is refused to a deployer before anything is built, and taken once the server’s administrator has named it',
    async (registry) => {
      const app = `build-${places.length}-${registry.replace(/\W/g, '-')}`
      await declare(app, withRegistry('ghcr.io'))
      const deployer = await api.createToken('deployer', { app })
      const jobs = async () => (await api.call('GET', `/v1/jobs?app=${app}`)).body.items.length
      const refused = await build(app, registry, deployer)
      expect(refused, refused.text).toMatchObject({ status: 422, body: { type: '/problems/address-not-allowed' } })
      expect(refused.body.detail).toMatch(/a server-wide administrator names it in a spec or a build/)
      expect(await jobs()).toBe(0)
      expect(await build(app, registry)).toMatchObject({ status: 202 })
      expect(await build(app, registry, deployer)).toMatchObject({ status: 202 })
    },
  )

  test('is not asked where nothing is pushed; public ones and those of ALLOWED_HOSTS are for all', async () => {
    await declare('pushes', withRegistry('ghcr.io'))
    const deployer = await api.createToken('deployer', { app: 'pushes' })
    expect(await build('pushes', '10.5.0.1:5000', deployer, { push: false })).toMatchObject({ status: 202 })
    for (const registry of ['ghcr.io', 'git.internal:5000'])
      expect(await build('pushes', registry, deployer)).toMatchObject({ status: 202 })
  })
})

test('public ones and those of ALLOWED_HOSTS are for all', async () => {
  const scoped = await api.createToken('admin', { app: 'public' })
  for (const spec of [withRegistry('ghcr.io'), withRegistry('git.internal:5000'), withMetrics('http://git.internal')])
    expect(await declare('public', spec, scoped)).toMatchObject({ faults: undefined })
})
