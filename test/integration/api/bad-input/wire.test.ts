import type { AnyRoute } from '@stevedore/api'
import type { ApiRequest } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressOf, headersOf, listRoutes } from '../every-route.ts'
import { expectAllRefused, type Sent } from '../expect-refused.ts'
import { sampleBodies } from '../sample-bodies.ts'
import { openShop, type Shop } from './shop.ts'

/* What comes over the wire in another form than was agreed, at every route that it could come to. The numbers are those of docs/bad-input.md. */
let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.api.close())

const all = listRoutes()
const ofJson = listRoutes((route) => route.body)

type Answer = [status: number, code: string]

/** The same to each of them. */
function toEach(
  routes: typeof all,
  make: (route: AnyRoute) => ApiRequest,
  [status, code]: Answer,
  search = '',
): Sent[] {
  return routes.map(([, route]) => {
    const { headers, ...request } = make(route)
    const path = addressOf(route, { id: shop.jobId }) + search
    return [route.method, path, { ...request, headers: { ...headersOf(route), ...headers } }, status, code]
  })
}

const bodyOf = ({ url }: AnyRoute) => JSON.stringify(sampleBodies(url)[0])
const withMember = (member: string) => (body: string) => `{${member}${body === '{}' ? '' : ','}${body.slice(1)}`
const malformed: Answer = [400, 'malformed-json']
const invalid: Answer = [422, 'validation-failed']

test('every route with a body is among them', () => {
  expect(ofJson.length).toBeGreaterThan(12)
  expect(all.length).toBeGreaterThan(40)
})

describe('a body', () => {
  test.each<[number, string, (body: string) => string | Uint8Array, Answer]>([
    [1, 'truncated', (body) => body.slice(0, -1), malformed],
    [1, 'with something behind it', (body) => `${body}}`, malformed],
    [1, 'that is not UTF-8', (body) => Buffer.from(`${body}\xff`, 'latin1'), malformed],
    [1, 'of another language', () => "{'a': undefined}", malformed],
    [4, 'a byte too long', () => `"${'x'.repeat(1_048_575)}"`, [413, 'payload-too-large']],
    [6, 'nested too deep', () => '['.repeat(10_000), malformed],
    [6, 'of too many members', () => `{${Array.from({ length: 80_000 }, (_, key) => `"${key}":0`).join()}}`, malformed],
    [7, 'with a key twice', withMember('"twice":1,"twice":1'), malformed],
    [8, 'with __proto__', withMember('"__proto__":{"full":true}'), invalid],
    [8, 'with constructor.prototype', withMember('"constructor":{"prototype":{"full":true}}'), invalid],
    [9, 'with a member that is unknown', withMember('"other":1'), invalid],
    [9, 'with members of the server', withMember('"status":"succeeded","fence":1,"createdBy":"me"'), invalid],
    [10, 'that is a list', (body) => `[${body}]`, invalid],
    [10, 'that is a text', (body) => JSON.stringify(body), invalid],
    [10, 'that is null', () => 'null', invalid],
    [10, 'that is no finite number', () => '1e400', invalid],
    [11, 'in overlong UTF-8', () => new Uint8Array([0x22, 0xf0, 0x82, 0x82, 0xac, 0x22]), invalid],
  ])('row %i: %s', async (_row, _what, spoil, answer) => {
    await expectAllRefused(
      shop.api,
      toEach(ofJson, (route) => ({ body: spoil(bodyOf(route)) }), answer),
    )
    expect(({} as { full?: boolean }).full).toBeUndefined()
  })

  const ofType: Answer = [415, 'unsupported-media-type']
  test.each<[number, string]>([
    [2, ''],
    [2, 'text/plain'],
    [2, 'application/x-www-form-urlencoded'],
    [2, 'multipart/form-data; boundary=x'],
    [3, 'application/json\ta'],
    [3, 'application/json ;x'],
    [3, 'application/jsonp'],
    [3, 'application/json; charset=latin1'],
    [3, 'application/xml, application/json'],
  ])('row %i: of the type “%s”', async (_row, type) => {
    const taking = listRoutes((route) => route.body || route.bodyAs?.kind === 'stream')
    const asType = (route: AnyRoute) => ({
      body: new Uint8Array(Buffer.from(bodyOf(route))),
      headers: { 'content-type': type },
    })
    await expectAllRefused(shop.api, toEach(taking, asType, ofType))
  })

  test.each(['gzip', 'br', 'deflate', 'GZIP', 'gzip, identity'])('row 5: compressed by %s', async (encoding) => {
    const taking = listRoutes((route) => route.body || route.bodyAs)
    const compressed = (route: AnyRoute) => ({ body: bodyOf(route), headers: { 'content-encoding': encoding } })
    await expectAllRefused(shop.api, toEach(taking, compressed, ofType))
  })
})

describe('an address', () => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

  test('row 13: with a method that it does not take, and which it does', async () => {
    for (const url of new Set(all.map(([, { url }]) => url))) {
      const own = all.filter(([, route]) => route.url === url).map(([, route]) => route)
      const taken = own.map(({ method }) => method as string)
      const path = addressOf(own[0] as AnyRoute, { id: shop.jobId })
      const other = methods.filter((method) => !taken.includes(method))
      const sent = other.map((method): Sent => [method, path, {}, 405, 'method-not-allowed'])
      for (const { headers } of await expectAllRefused(shop.api, sent))
        expect(headers.get('allow'), url).toBe([...taken, ...(taken.includes('GET') ? ['HEAD'] : [])].sort().join(', '))
    }
  })

  test('row 13: that there is none of', async () => {
    const paths = ['/v1', '/v1/', '/v1/nothing', '/v2/jobs', '/v1//jobs', '/v1/jobs/', '/.env']
    await expectAllRefused(
      shop.api,
      methods.flatMap((method) => paths.map((path): Sent => [method, path, {}, 404, 'not-found'])),
    )
  })

  test('row 15: that is too long', async () => {
    await expectAllRefused(
      shop.api,
      toEach(all, () => ({}), [414, 'uri-too-long'], `?x=${'a'.repeat(8_200)}`),
    )
  })

  test('row 15: with headers that are too long', async () => {
    const filled = () => ({ headers: { 'x-filler': 'a'.repeat(16_400) } })
    await expectAllRefused(shop.api, toEach(all, filled, [431, 'headers-too-large']))
  })

  test.each<[number, string]>([
    [8, '?__proto__=1'],
    [8, '?__proto__[full]=1'],
    [9, '?other=1'],
    [20, '?state[$ne]=queued'],
    [20, '?app[]=shop'],
    [20, '?app=shop&app=other'],
    [20, '?limit=1&limit=1'],
    [20, "?app=shop'%20OR%201=1--"],
  ])('row %i: with the query %s', async (_row, search) => {
    await expectAllRefused(
      shop.api,
      toEach(all, () => ({}), invalid, search),
    )
  })

  test('row 20: with what it takes, but twice', async () => {
    const asking = all.flatMap(([title, route]) =>
      Object.keys(Object(route.query).shape ?? {}).map((name) => [`${title} ${name}`, route, name] as const),
    )
    expect(asking.length).toBeGreaterThan(20)
    const sent = asking.map(([, route, name]) => {
      const path = addressOf(route, { id: shop.jobId })
      return [route.method, `${path}?${name}=1&${name}=1`, { headers: headersOf(route) }, ...invalid] as Sent
    })
    await expectAllRefused(shop.api, sent)
  })
})
