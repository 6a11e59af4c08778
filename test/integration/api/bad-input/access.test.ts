import type { AnyRoute } from '@stevedore/api'
import { listTokens, revokeToken } from '@stevedore/ledger'
import type { ApiRequest } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../../harness/test-api.ts'
import { accessOf, addressOf, headersOf, isGuarded, listRoutes } from '../every-route.ts'
import { expectAllRefused, type Sent } from '../expect-refused.ts'
import { by } from '../play-worker.ts'
import { sampleBodies } from '../sample-bodies.ts'

/*
 * Who may not, at every route: with a request that is right in all else, so that it would be carried out. The addresses come from a proxy
 * that is believed, since so many wrong tokens of one are refused for their number.
 */
let api: TestApi
beforeAll(async () => {
  api = await startTestApi({ config: { trustProxy: ['127.0.0.1'] } })
})
afterAll(() => api.close())

const guarded = listRoutes(isGuarded)
const jobId = '00000000-0000-4000-8000-000000000000'
let strangers = 0

function right(route: AnyRoute): ApiRequest {
  strangers += 1
  const from = { 'x-forwarded-for': `10.0.${Math.floor(strangers / 250)}.${strangers % 250}` }
  const body = route.body && { body: sampleBodies(route.url)[0] }
  return { ...body, headers: { ...headersOf(route), ...from } }
}

/** The same of each route that a token opens, but for what is given. */
function toEach(given: ApiRequest, [status, code]: [number, string], { routes = guarded, search = '' } = {}): Sent[] {
  return routes.map(([, route]) => {
    const { headers, ...request } = right(route)
    const path = addressOf(route, { id: jobId }) + search
    return [route.method, path, { ...request, ...given, headers: { ...headers, ...given.headers } }, status, code]
  })
}

const unauthenticated: [number, string] = [401, 'unauthenticated']
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
const claims = { sub: 'admin', role: 'admin', exp: 4_102_444_800 }

describe('a token that is none', () => {
  test('row 22: none at all; and it is said how to sign in', async () => {
    const answers = await expectAllRefused(api, toEach({ token: null }, unauthenticated))
    for (const { headers } of answers) expect(headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  test('row 24: in the query', async () => {
    const search = `?token=${api.admin}&access_token=${api.admin}`
    await expectAllRefused(api, toEach({ token: null }, unauthenticated, { search }))
    expect(api.readLogs()).not.toContain(api.admin)
  })

  test('row 25: expired', async () => {
    const token = await api.createToken('admin', { expiresInMs: 1 })
    await expectAllRefused(api, toEach({ token }, unauthenticated))
  })

  test('row 25: revoked', async () => {
    const token = await api.createToken('admin')
    const newest = (await listTokens(api.ledger)).at(-1)
    await revokeToken(api.ledger, { id: newest?.id ?? '', by })
    await expectAllRefused(api, toEach({ token }, unauthenticated))
  })

  test.each<[string, (own: string) => string]>([
    ['a JWT that is not signed', () => `Bearer ${part({ alg: 'none' })}.${part(claims)}.`],
    ['a JWT that anybody signs', () => `Bearer ${part({ alg: 'HS256' })}.${part(claims)}.${'A'.repeat(43)}`],
    ['the last letter another', (own) => `Bearer ${own.slice(0, -1)}${own.endsWith('A') ? 'B' : 'A'}`],
    ['the start of one', (own) => `Bearer ${own.slice(0, -1)}`],
    ['one and more', (own) => `Bearer ${own} ${own}`],
    ['another scheme', (own) => basic(`admin:${own}`)],
    ['no scheme', (own) => own],
    ['nothing', () => 'Bearer '],
    ['too long', () => `Bearer ${'a'.repeat(8_000)}`],
  ])('row 26: %s', async (_what, write) => {
    const headers = { authorization: write(api.admin) }
    await expectAllRefused(api, toEach({ token: null, headers }, unauthenticated))
  })
})

describe('another site', () => {
  const foreign: [number, string] = [403, 'foreign-origin']

  test.each(['https://evil.example', 'null', 'http://stevedore.example.com.evil.example', 'file://', 'x'])(
    'row 33: %s',
    async (origin) => {
      await expectAllRefused(api, toEach({ headers: { origin } }, foreign, { routes: listRoutes() }))
    },
  )

  test.each(['cross-site', 'same-site'])('row 33: told by Sec-Fetch-Site alone as %s', async (site) => {
    const changing = listRoutes(({ method }) => method !== 'GET')
    await expectAllRefused(api, toEach({ headers: { 'sec-fetch-site': site } }, foreign, { routes: changing }))
  })
})

test('row 27: who only reads changes nothing, and is asked nothing further', async () => {
  const token = await api.createToken('viewer')
  const changing = guarded.filter(([, route]) => accessOf(route).right !== 'read')
  expect(changing.length).toBeGreaterThan(15)
  await expectAllRefused(api, toEach({ token }, [403, 'forbidden'], { routes: changing }))
})

test('row 28: what concerns all is not for whoever has one app', async () => {
  const token = await api.createToken('admin', { app: 'shop' })
  const ofServer = guarded.filter(([, route]) => accessOf(route).reach === 'server')
  expect(ofServer.length).toBeGreaterThan(8)
  await expectAllRefused(api, toEach({ token }, [403, 'forbidden'], { routes: ofServer }))
})

test.each(['1', 'c1', '-1', '00000000', '00000000-0000-4000-8000-00000000000g', '2147483648', '9'.repeat(200), 'x'])(
  'row 28: an id or a number such as %s is of nothing',
  async (reference) => {
    const numbered = guarded.filter(([, { url }]) => /:(id|number)/.test(url))
    const sent = numbered.map(([, route]): Sent => {
      const path = addressOf(route, { id: reference, number: reference === '1' ? '0' : reference })
      return [route.method, path, right(route), 404, 'not-found']
    })
    expect(sent.length).toBeGreaterThan(10)
    await expectAllRefused(api, sent)
  },
)
