import { listAudit } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

let made = 0
/** An app's name that no other test has. */
const nameApp = () => `app${made++}`
const put = (app: string, spec: object, token?: string) =>
  api.call('PUT', `/v1/apps/${app}`, { body: { app, ...spec }, ...(token && { token }) })
const grant = (body: object, token?: string) => api.call('PUT', '/v1/grants', { body, ...(token && { token }) })
const revoke = (query: Record<string, string>) => api.call('DELETE', `/v1/grants?${new URLSearchParams(query)}`)
const list = async (query = '', token?: string) =>
  (await api.call('GET', `/v1/grants${query}`, { ...(token && { token }) })).body.items
const adminOf = (app: string) => api.createToken('admin', { app })

const cluster = (namespace: string, more: object = {}) => ({
  environments: { production: { engine: 'kubernetes', namespace, ...more } },
})
const image = (registry: string | undefined, name: string) => ({ image: { ...(registry && { registry }), name } })
const host = (name: unknown) => ({ environments: { production: { engine: 'docker', host: name } } })

/** What one app declares, what another does then, what that comes to and the grant that lets it. */
const sharings: [what: string, one: object, other: object, path: unknown[], grant: Record<string, string>][] = [
  [
    'an image repository',
    image('ghcr.io', 'acme/one'),
    image('ghcr.io', 'acme/one'),
    ['image'],
    { kind: 'repository', name: 'ghcr.io/acme/one' },
  ],
  [
    'one that is written with the usual port',
    image('ghcr.io', 'acme/two'),
    image('ghcr.io:443', 'acme/two'),
    ['image'],
    { kind: 'repository', name: 'ghcr.io:443/acme/two' },
  ],
  [
    'one of Docker’s registry by another of its names',
    image('docker.io', 'acme/three'),
    image('index.docker.io', 'acme/three'),
    ['image'],
    { kind: 'repository', name: 'acme/three' },
  ],
  [
    'one without a registry',
    image(undefined, 'four'),
    image(undefined, 'four'),
    ['image'],
    { kind: 'repository', name: 'localhost/four' },
  ],
  [
    'a namespace',
    cluster('five', { deployment: 'x' }),
    cluster('five', { deployment: 'y' }),
    ['environments', 'production', 'namespace'],
    { kind: 'namespace', name: 'five' },
  ],
  [
    'a namespace of a context',
    cluster('six', { context: 'prod', deployment: 'x' }),
    cluster('six', { context: 'prod', deployment: 'y' }),
    ['environments', 'production', 'namespace'],
    { kind: 'namespace', name: 'six', context: 'prod' },
  ],
  [
    'a host name',
    host('seven.test'),
    host('seven.test'),
    ['environments', 'production', 'host'],
    { kind: 'host', name: 'seven.test' },
  ],
  [
    'a host name among several',
    host('eight.test'),
    host(['other.test', { name: 'eight.test', redirect: 'other.test' }]),
    ['environments', 'production', 'host'],
    { kind: 'host', name: 'eight.test' },
  ],
  [
    'a host name of a further port',
    host('nine.test'),
    {
      environments: {
        production: { engine: 'docker', port: 9_009, ports: [{ containerPort: 90, host: 'nine.test' }] },
      },
    },
    ['environments', 'production', 'host'],
    { kind: 'host', name: 'nine.test' },
  ],
  [
    'a name that another’s *. covers',
    host('*.ten.test'),
    host('a.ten.test'),
    ['environments', 'production', 'host'],
    { kind: 'host', name: 'a.ten.test' },
  ],
]

describe('rows 29 and 64: what an app declares first is its own', () => {
  test.each(sharings)('%s', async (_what, one, other, path, { kind = '', name = '', context }) => {
    const [first, second] = [nameApp(), nameApp()]
    expect(await put(first, one)).toMatchObject({ status: 201 })
    for (const token of [await adminOf(second), undefined]) {
      const refused = await put(second, other, token)
      expect(refused).toMatchObject({ status: 403, body: { type: '/problems/not-granted' } })
      expect(refused.body.faults).toMatchObject([{ path, code: 'not-granted' }])
      const option = context ? ` --context ${context}` : ''
      expect(refused.body.detail).toMatch(new RegExp(`stevedore grant ${kind} \\S+ --app ${second}${option}`))
      // Whoever may not see the other app is not told its name.
      expect(refused.body.detail.includes(first)).toBe(token === undefined)
      expect((await api.call('GET', `/v1/apps/${second}`)).status).toBe(404)
    }
    expect(await grant({ kind, name, ...(context && { context }), app: second })).toMatchObject({
      status: 200,
      body: { app: second, access: 'own', cause: 'given', context: context ?? null },
    })
    expect(await put(second, other, await adminOf(second))).toMatchObject({ status: 201 })
    // The first has lost nothing.
    expect(await put(first, { ...one, retain: { images: 7 } })).toMatchObject({ status: 200 })
  })

  test('an image of Docker’s own library is nobody’s', async () => {
    const [first, second] = [nameApp(), nameApp()]
    expect(await put(first, image('docker.io', 'library/node'))).toMatchObject({ status: 201 })
    expect(await put(second, image('docker.io', 'node'))).toMatchObject({ status: 201 })
    expect(await list(`?app=${first}`)).toEqual([])
  })

  test('a Deployment to adopt, in a namespace that both may use', async () => {
    const [first, second] = [nameApp(), nameApp()]
    await put(first, cluster('shared', { deployment: 'web' }))
    await grant({ kind: 'namespace', name: 'shared', app: second })
    const taken = cluster('shared', { deployment: 'web', force: true })
    expect(await put(second, taken, await adminOf(second))).toMatchObject({
      status: 403,
      body: { faults: [{ path: ['environments', 'production', 'deployment'] }] },
    })
    expect(await put(second, cluster('shared', { force: true }), await adminOf(second))).toMatchObject({ status: 201 })
  })

  test('all that is refused is told at once, and nothing of it kept', async () => {
    const [first, second] = [nameApp(), nameApp()]
    const spec = { ...image('ghcr.io', 'acme/all'), ...cluster('all', { ingress: { host: 'all.test' } }) }
    await put(first, spec)
    const refused = await put(second, {
      ...spec,
      ...cluster('all', { deployment: first, ingress: { host: 'all.test' } }),
    })
    expect(refused.body.faults.map(({ path }: { path: string[] }) => path.at(-1))).toEqual([
      'image',
      'namespace',
      'deployment',
      'host',
    ])
    expect(await list(`?app=${second}`)).toEqual([])
  })

  test('of two that want the same at the same moment one has it', async () => {
    const apps = Array.from({ length: 6 }, nameApp)
    const answers = await Promise.all(apps.map((app) => put(app, host('race.test'))))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 403, 403, 403, 403, 403])
  })
})

describe('a namespace is opened by a server-wide administrator', () => {
  test('who administers one app takes none, also where nobody has it', async () => {
    const app = nameApp()
    const token = await adminOf(app)
    const refused = await put(app, cluster('payments', { context: 'prod' }), token)
    expect(refused).toMatchObject({ status: 403, body: { type: '/problems/not-granted' } })
    expect(refused.body.detail).toContain(`stevedore grant namespace payments --app ${app} --context prod`)
    await grant({ kind: 'namespace', name: 'payments', app })
    // Of the same name in another cluster.
    expect(await put(app, cluster('payments', { context: 'prod' }), token)).toMatchObject({ status: 403 })
    await grant({ kind: 'namespace', name: 'payments', context: 'prod', app })
    expect(await put(app, cluster('payments', { context: 'prod' }), token)).toMatchObject({ status: 201 })
  })

  test('what a server-wide administrator declared is the app’s from then on', async () => {
    const app = nameApp()
    expect(await put(app, cluster('opened'))).toMatchObject({ status: 201 })
    expect(await put(app, { ...cluster('opened'), retain: { images: 3 } }, await adminOf(app))).toMatchObject({
      status: 200,
    })
  })
})

describe('what is given up is free', () => {
  test('by another spec, by retiring the app', async () => {
    const [first, second, third] = [nameApp(), nameApp(), nameApp()]
    await put(first, host('moving.test'))
    await put(first, host('moved.test'))
    expect(await put(second, host('moving.test'))).toMatchObject({ status: 201 })
    await api.call('DELETE', `/v1/apps/${second}`)
    expect(await put(third, host('moving.test'))).toMatchObject({ status: 201 })
  })

  test('not while it runs with it', async () => {
    const [first, second] = [nameApp(), nameApp()]
    const spec = sampleSpec(first)
    await put(first, { ...spec, ...host(`${first}.run.test`) })
    await playBuild(api, { app: first })
    await playDeploy(api, { app: first, environment: 'production' })
    await put(first, { ...spec, ...host(`${first}.next.test`) })
    expect(await put(second, host(`${first}.run.test`))).toMatchObject({ status: 403 })
    await playDeploy(api, { app: first, environment: 'production' })
    expect(await put(second, host(`${first}.run.test`))).toMatchObject({ status: 201 })
  })

  test('what an administrator gave stays until one takes it back', async () => {
    const [first, second] = [nameApp(), nameApp()]
    await grant({ kind: 'host', name: 'given.test', app: first })
    await put(first, host('given.test'))
    await put(first, host('elsewhere.test'))
    expect(await put(second, host('given.test'))).toMatchObject({ status: 403 })
    expect((await revoke({ kind: 'host', name: 'given.test', app: first })).status).toBe(204)
    expect(await put(second, host('given.test'))).toMatchObject({ status: 201 })
  })
})

describe('grants', () => {
  test('are given, listed, taken back, and in the trail', async () => {
    const app = nameApp()
    const given = { kind: 'repository', name: 'ghcr.io/acme/base', app, access: 'read' }
    expect(await grant(given)).toMatchObject({ status: 200, body: { ...given, cause: 'given', context: null } })
    expect(await list(`?app=${app}`)).toMatchObject([{ ...given, grantedBy: expect.stringMatching(/^token:/) }])
    expect(await grant({ ...given, access: 'own' })).toMatchObject({ status: 200 })
    expect(await list(`?app=${app}&kind=repository`)).toMatchObject([{ access: 'own' }])
    expect(await list(`?app=${app}&kind=host`)).toEqual([])
    const key = { kind: 'repository', name: 'ghcr.io/acme/base', app }
    expect((await revoke(key)).status).toBe(204)
    expect((await revoke(key)).status).toBe(404)
    const trail = (await listAudit(api.ledger, { app, limit: 1_000 })).filter(({ action }) =>
      action.startsWith('grant'),
    )
    expect(trail).toMatchObject([
      { action: 'grant.put', detail: { kind: 'repository', name: 'ghcr.io/acme/base', access: 'read' } },
      { action: 'grant.put', detail: { access: 'own' } },
      { action: 'grant.removed', detail: { access: 'own' } },
    ])
  })

  test('one that an app alone has and uses is not taken back', async () => {
    const [first, second] = [nameApp(), nameApp()]
    await put(first, host('kept.test'))
    const key = { kind: 'host', name: 'kept.test', app: first }
    expect(await revoke(key)).toMatchObject({ status: 409, body: { type: '/problems/in-use' } })
    await grant({ kind: 'host', name: 'kept.test', app: second })
    expect((await revoke(key)).status).toBe(204)
    // It is the other's from now on.
    expect(await put(first, host('kept.test'))).toMatchObject({ status: 403 })
  })

  test.each<[string, object, string[]]>([
    ['a kind that is none', { kind: 'port', name: '1', app: 'a' }, ['kind']],
    ['no name', { kind: 'host', app: 'a' }, ['name']],
    ['what is no host', { kind: 'host', name: 'a_b', app: 'a' }, ['name']],
    ['a tag', { kind: 'repository', name: 'ghcr.io/a:1', app: 'a' }, ['name']],
    ['a Deployment without its namespace', { kind: 'deployment', name: 'web', app: 'a' }, ['name']],
    ['a context of a host', { kind: 'host', name: 'a.test', context: 'c', app: 'a' }, ['context']],
    ['reading of a namespace', { kind: 'namespace', name: 'a', app: 'a', access: 'read' }, ['access']],
    ['all for every app', { kind: 'repository', name: 'a/b', app: '*' }, ['app']],
    ['what is no app', { kind: 'host', name: 'a.test', app: 'A b' }, ['app']],
  ])('%s is refused', async (_what, body, path) => {
    expect(await grant(body)).toMatchObject({ status: 422, body: { faults: [{ path }] } })
  })

  test('who administers one app gives nothing and sees its own alone', async () => {
    const [first, second] = [nameApp(), nameApp()]
    await put(first, host('seen.test'))
    await put(second, host('unseen.test'))
    await grant({ kind: 'repository', name: 'ghcr.io/acme/common', app: '*', access: 'read' })
    const token = await adminOf(first)
    const given = { kind: 'host', name: 'x.test', app: first }
    expect(await grant(given, token)).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } })
    const query = new URLSearchParams({ kind: 'host', name: 'unseen.test', app: second })
    expect(await api.call('DELETE', `/v1/grants?${query}`, { token })).toMatchObject({ status: 403 })
    expect((await list('', token)).map(({ name }: { name: string }) => name).toSorted()).toEqual([
      `localhost/${first}`,
      'seen.test',
    ])
    expect((await api.call('GET', `/v1/grants?app=${second}`, { token })).status).toBe(404)
  })
})
