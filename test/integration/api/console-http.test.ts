import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

const git = 'https://git.example.com/only-of-this-server/shop'

/* The console as it comes over the wire, to whoever asks. */
let api: TestApi
/** Where the page says that its script and stylesheet are. */
let assets: string[]

beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), source: { git } } })
  const { text } = await get('/console')
  assets = [...text.matchAll(/(?:src|href)="(\/console\/assets\/[^"]*)"/g)].map(([, address = '']) => address)
})
afterAll(() => api.close())

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  api.call(method, path, { token: null, headers })

const withVersion = (version: string) => assets.map((address) => address.replace(/assets\/[^/]+/, `assets/${version}`))

test('every address of it answers with the same page, without a token or a cookie, under its policy', async () => {
  const first = await get('/console')
  const deep = [
    '/console/apps/shop/staging?from=1&to=2',
    '/console/no/such/screen/at/all',
    '/console/',
    '/console/%3Cimg%3E',
  ]
  for (const path of ['/console', ...deep]) {
    const { status, headers, text } = await get(path)
    expect({ status, text }, path).toEqual({ status: 200, text: first.text })
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-cache')
    expect(headers.get('set-cookie')).toBeNull()
    const policy = headers.get('content-security-policy')
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'sha256-[\w+/]{43}='; style-src 'self';/)
    expect(policy).toContain("frame-ancestors 'none'; require-trusted-types-for 'script'")
    expect(policy).not.toContain('unsafe')
  }
})

test('nothing of anybody is in it, whoever asks for which app', async () => {
  const [, ...parts] = await Promise.all(['/console', ...assets].map((path) => get(path)))
  const page = await api.call('GET', '/console/apps/shop')
  for (const { text } of [page, ...parts]) {
    expect(text).not.toContain(api.admin)
    expect(text).not.toContain('only-of-this-server')
  }
  expect(page.text).toBe((await get('/console')).text)
  expect(page.text).not.toContain('shop')
})

test('its parts may be kept for ever at the address of their version, and at no other', async () => {
  expect(assets).toHaveLength(2)
  for (const address of assets) {
    const { status, headers } = await get(address)
    expect({ status, keep: headers.get('cache-control') }).toEqual({
      ...{ status: 200, keep: 'public, max-age=31536000, immutable' },
    })
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  }
  for (const address of withVersion('0123456789abcdef')) {
    const { status, headers } = await get(address)
    expect({ status, keep: headers.get('cache-control') }).toEqual({ status: 200, keep: 'no-cache' })
  }
})

test('a part that is not there is a problem, whatever is tried', async () => {
  const folder = assets[0]?.replace(/[^/]+$/, '')
  const names = ['none.js', '', 'constructor', '__proto__', '..%2f..%2fpackage.json', 'console.js%00']
  for (const name of names) {
    const { status, headers, body, text } = await get(`${folder}${name}`)
    expect({ status, type: body?.type }, name).toEqual({ status: 404, type: '/problems/not-found' })
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(text).not.toContain('/work')
    expect(headers.get('cache-control')).toBe('no-store')
  }
})

test('what one has already is not sent again', async () => {
  for (const path of ['/console', ...assets]) {
    const etag = (await get(path)).headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const { status, text, headers } = await get(path, { 'if-none-match': known })
      expect({ status, text, etag: headers.get('etag') }, known).toEqual({ status: 304, text: '', etag })
      expect(headers.get('cache-control')).toMatch(/no-cache|immutable/)
    }
    expect(await get(path, { 'if-none-match': '"other"' })).toMatchObject({ status: 200 })
  }
})

test('it is packed as one takes it, and says the same', async () => {
  const packings: [taken: string, coding: string | null][] = [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['gzip;q=0, br; q=0.000', null],
    ['identity', null],
    ['brotli, xgzip', null],
  ]
  for (const path of ['/console', ...assets]) {
    const { text } = await get(path, { 'accept-encoding': 'identity' })
    for (const [taken, coding] of packings) {
      const packed = await get(path, { 'accept-encoding': taken })
      expect(packed.headers.get('content-encoding'), taken).toBe(coding)
      expect(packed.headers.get('vary')).toContain('accept-encoding')
      // What asks has unpacked it.
      expect(packed.text === text, taken).toBe(true)
    }
  }
})

test('who asks for the head alone gets that, and what would change something is refused', async () => {
  for (const path of ['/console', '/console/apps/shop', ...assets]) {
    const plain = { 'accept-encoding': 'identity' }
    const [whole, head] = [await get(path, plain), await get(path, plain, 'HEAD')]
    expect(head).toMatchObject({ status: 200, text: '' })
    for (const name of ['content-length', 'content-type', 'etag', 'cache-control', 'content-security-policy'])
      expect(head.headers.get(name), name).toBe(whole.headers.get(name))
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(whole.text)))
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get(path, {}, method)).status).toBeOneOf([404, 405])
  }
})
