import { randomUUID } from 'node:crypto'
import type { AnyRoute } from '@stevedore/api'
import { grants, type Role, roles } from '@stevedore/contract'
import { listTokens, revokeToken } from '@stevedore/ledger'
import { readContents, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { accessOf, addressOf, headersOf, isGuarded, listRoutes } from './every-route.ts'
import { by, playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
let jobId: string
let stranger: string
let stagingOnly: string

beforeAll(async () => {
  api = await startTestApi({ config: { trustProxy: ['127.0.0.1'] } })
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await api.call('PUT', '/v1/apps/other', { body: sampleSpec('other') })
  await playBuild(api)
  await playDeploy(api)
  jobId = (await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })).body.id
  stranger = await api.createToken('admin', { app: 'other' })
  stagingOnly = await api.createToken('admin', { app: 'shop', environment: 'staging' })
})
afterAll(() => api.close())

let strangers = 0
/** One address has so many tries without a good token in a minute, and there are more routes than that. */
function fromElsewhere(): Record<string, string> {
  strangers += 1
  return { 'x-forwarded-for': `203.0.113.${strangers}` }
}

const guarded = listRoutes(isGuarded)
const reached = guarded.filter(([, route]) => ['app', 'environment', 'job'].includes(accessOf(route).reach))
const fill = (route: AnyRoute, parameters: Record<string, string> = {}) =>
  addressOf(route, { id: jobId, ...parameters })

describe.each(guarded)('%s', (_title, route) => {
  test('row 22: 401 without a token, and how to sign in', async () => {
    const answer = await api.call(route.method, fill(route), { token: null, headers: fromElsewhere() })
    expect(answer).toMatchObject({ status: 401, body: { type: '/problems/unauthenticated' } })
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  const lacking = roles.filter((role) => !grants(role, accessOf(route).right))
  test.each(lacking.map((role) => [role]))('row 27: 403 for a %s', async (role: Role) => {
    const before = await readContents(api.databaseUrl)
    const token = await api.createToken(role)
    const answer = await api.call(route.method, fill(route), { token })
    expect(answer).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } })
    const { tokens: _, audit: __, ...after } = await readContents(api.databaseUrl)
    expect(before).toMatchObject(after)
  })
})

describe('what lies outside a token’s scope is answered like what does not exist, byte for byte', () => {
  const unknown = { app: 'no-such-app', id: randomUUID(), environment: 'staging' }

  test.each(reached)('row 28: %s', async (_title, route) => {
    const before = await readContents(api.databaseUrl)
    const headers = { 'x-request-id': 'same', ...headersOf(route) }
    const foreign = await api.call(route.method, fill(route), { token: stranger, headers })
    const absent = await api.call(route.method, fill(route, unknown), { token: stranger, headers })
    expect(foreign.status).toBe(404)
    expect(foreign.text).toBe(absent.text)
    expect(await readContents(api.databaseUrl)).toEqual(before)
  })

  test('row 28: PUT /v1/apps/:app', async () => {
    const before = await readContents(api.databaseUrl)
    const answer = await api.call('PUT', '/v1/apps/shop', { token: stranger, body: sampleSpec() })
    expect(answer.status).toBe(404)
    expect(await readContents(api.databaseUrl)).toEqual(before)
  })

  test.each(['shop', 'no-such-app'])('POST /v1/jobs for %s', async (app) => {
    const bodies = [
      { kind: 'build', app },
      { kind: 'push', app, version: '1.0.0' },
      { kind: 'deploy', app, environment: 'staging' },
      { kind: 'rollback', app, environment: 'staging' },
    ]
    for (const body of bodies)
      expect(await api.call('POST', '/v1/jobs', { token: stranger, body })).toMatchObject({ status: 404 })
  })

  test.each(['shop', 'no-such-app'])('secrets of %s', async (app) => {
    const ask = (method: string, path: string, body?: object) =>
      api.call(method, path, { token: stranger, ...(body ? { body } : {}) })
    expect(await ask('PUT', `/v1/secrets/KEY?app=${app}`, { value: 'x' })).toMatchObject({ status: 404 })
    expect(await ask('DELETE', `/v1/secrets/KEY?app=${app}`)).toMatchObject({ status: 404 })
    expect(await ask('GET', `/v1/secrets?app=${app}`)).toMatchObject({ status: 404 })
  })

  test('the audit trail of another app', async () => {
    expect(await api.call('GET', '/v1/audit?app=shop', { token: stranger })).toMatchObject({ status: 404 })
    for (const query of ['environment=staging', `job=${jobId}`, `job=${randomUUID()}`])
      expect((await api.call('GET', `/v1/audit?${query}`, { token: stranger })).body).toEqual({ items: [], next: null })
  })
})

describe('lists hold what the scope covers', () => {
  test.each(['/v1/apps', '/v1/jobs', '/v1/secrets', '/v1/audit'])('%s', async (path) => {
    await api.call('PUT', '/v1/secrets/KEY?app=shop', { body: { value: 'of the shop' } })
    await api.call('PUT', '/v1/secrets/GLOBAL', { body: { value: 'for all' } })
    expect((await api.call('GET', path)).text).toContain('shop')
    expect((await api.call('GET', path, { token: stranger })).text).not.toMatch(/shop|GLOBAL/)
  })

  test('an environment’s token sees its own deploys and what belongs to the app as a whole', async () => {
    const deploy = { kind: 'deploy', app: 'shop', environment: 'production', version: '1.0.0' }
    const { body } = await api.call('POST', '/v1/jobs', { body: deploy })
    const { items } = (await api.call('GET', '/v1/jobs?limit=200', { token: stagingOnly })).body
    const places = new Set(items.map(({ environment }: { environment: string }) => environment))
    expect(places).toEqual(new Set([null, 'staging']))
    expect(await api.call('GET', `/v1/jobs/${body.id}`, { token: stagingOnly })).toMatchObject({ status: 404 })
    expect(await api.call('GET', `/v1/jobs/${jobId}`, { token: stagingOnly })).toMatchObject({ status: 200 })
  })
})

describe('a token of one environment', () => {
  test.each([
    ['another environment', 'GET', '/v1/apps/shop/environments/production', 404],
    ['one that does not exist', 'GET', '/v1/apps/shop/environments/nowhere', 404],
    ['its own', 'GET', '/v1/apps/shop/environments/staging', 200],
    ['the app, to read', 'GET', '/v1/apps/shop', 200],
    ['the app, to retire', 'DELETE', '/v1/apps/shop', 403],
    ['all apps', 'GET', '/v1/tokens', 403],
  ])('asks for %s', async (_what, method, path, status) => {
    expect((await api.call(method, path, { token: stagingOnly })).status).toBe(status)
  })

  test('deploys there alone, and builds nothing', async () => {
    const deploy = (environment: string) =>
      api.call('POST', '/v1/jobs', { token: stagingOnly, body: { kind: 'deploy', app: 'shop', environment } })
    expect(await deploy('staging')).toMatchObject({ status: 202 })
    expect(await deploy('production')).toMatchObject({ status: 404 })
    const build = { kind: 'build', app: 'shop' }
    expect(await api.call('POST', '/v1/jobs', { token: stagingOnly, body: build })).toMatchObject({ status: 403 })
  })
})

describe('a token that does not hold', () => {
  const alter = (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"role":"admin"}').toString('base64url')}.`

  test('is refused: altered, expired, revoked, a JWT, in the query', async () => {
    const expired = await api.createToken('admin', { expiresInMs: 1 })
    const revoked = await api.createToken('admin')
    const newest = (await listTokens(api.ledger)).at(-1)
    await revokeToken(api.ledger, { id: newest?.id ?? '', by })
    for (const token of [alter(api.admin), expired, revoked, unsigned, '', ' '])
      expect(await api.call('GET', '/v1/apps', { token, headers: fromElsewhere() }), token).toMatchObject({
        status: 401,
      })
    const query = `token=${api.admin}&access_token=${api.admin}`
    const inQuery = await api.call('GET', `/v1/apps?${query}`, { token: null, headers: fromElsewhere() })
    expect(inQuery.status).toBe(401)
  })

  test('no log line holds a token', () => {
    expect(api.readLogs()).not.toContain(api.admin)
    expect(api.readLogs()).not.toMatch(/stv_[A-Za-z0-9_-]{20}/)
  })
})
