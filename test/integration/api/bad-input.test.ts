import { operations } from '@stevedore/contract'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { expectRefused, type Sent } from './expect-refused.ts'
import { playBuild } from './play-worker.ts'

/*
 * What a caller may send wrong, and how it is answered. Each row also shows that nothing was changed by it. The numbers are those of the table
 * of bad inputs that the project is held to.
 */
let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await playBuild(api)
  await api.call('PUT', '/v1/secrets/STORED?app=shop', { body: { value: 'the value of a stored secret' } })
})
afterAll(() => api.close())

const refuses = (...sent: Sent) => expectRefused(api, ...sent)
const post = (body: unknown, status: number, code: string, headers: Record<string, string> = {}) =>
  refuses('POST', '/v1/jobs', { body, headers }, status, code)
const someId = '00000000-0000-4000-8000-000000000000'
const build = { kind: 'build', app: 'shop' }

describe('bodies', () => {
  test.each<[number, string, string | Uint8Array, number, string]>([
    [1, 'truncated JSON', '{"kind":"build"', 400, 'malformed-json'],
    [1, 'trailing garbage', '{"kind":"build","app":"shop"}}', 400, 'malformed-json'],
    [1, 'invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'malformed-json'],
    [6, 'nesting', '['.repeat(10_000), 400, 'malformed-json'],
    [6, 'many keys', `{${Array.from({ length: 80_000 }, (_, key) => `"${key}":0`).join()}}`, 400, 'malformed-json'],
    [7, 'a key twice', '{"kind":"build","app":"other","app":"shop"}', 400, 'malformed-json'],
    [7, 'a key twice, escaped', '{"kind":"build","app":"other","\\u0061pp":"shop"}', 400, 'malformed-json'],
    [7, 'a key twice further in', '{"kind":"build","app":"shop","x":[{"a":1,"a":2}]}', 400, 'malformed-json'],
    [4, 'a byte too many', `"${'x'.repeat(1_048_575)}"`, 413, 'payload-too-large'],
    [8, '__proto__', '{"kind":"build","app":"shop","__proto__":{"push":true}}', 422, 'validation-failed'],
    [8, 'constructor.prototype', '{"kind":"build","constructor":{"prototype":{"x":1}}}', 422, 'validation-failed'],
    [9, 'an unknown field', '{"kind":"build","app":"shop","other":1}', 422, 'validation-failed'],
    [9, 'fields of the server', '{"kind":"build","app":"shop","state":"succeeded"}', 422, 'validation-failed'],
    [
      10,
      'a number as text',
      '{"kind":"rollback","app":"shop","environment":"staging","toRevision":"1"}',
      422,
      'validation-failed',
    ],
    [
      10,
      'infinity',
      '{"kind":"rollback","app":"shop","environment":"staging","toRevision":1e400}',
      422,
      'validation-failed',
    ],
    [10, 'a list for text', '{"kind":"build","app":["shop"]}', 422, 'validation-failed'],
    [10, 'a text for yes or no', '{"kind":"build","app":"shop","push":"true"}', 422, 'validation-failed'],
    [11, 'NUL', '{"kind":"build","app":"sh\\u0000op"}', 422, 'validation-failed'],
    [11, 'a lone surrogate', '{"kind":"build","app":"\\udc00"}', 422, 'validation-failed'],
    [11, 'a bidirectional override', '{"kind":"build","app":"shop\\u202e"}', 422, 'validation-failed'],
    [11, 'a zero-width space', '{"kind":"build","app":"shop\\u200b"}', 422, 'validation-failed'],
    [11, 'overlong UTF-8', new Uint8Array([0x22, 0xf0, 0x82, 0x82, 0xac, 0x22]), 422, 'validation-failed'],
  ])('row %i: %s', async (_row, _what, body, status, code) => {
    const started = performance.now()
    const answer = await post(body, status, code)
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(answer.text.length).toBeLessThan(5_000)
    expect(({} as { push?: boolean }).push).toBeUndefined()
  })

  test.each<[number, string]>([
    [2, 'text/plain'],
    [2, 'application/x-www-form-urlencoded'],
    [3, 'application/json\ta'],
    [3, 'application/json ;x'],
    [3, 'application/jsonp'],
    [3, 'application/json; charset=latin1'],
    [3, 'application/xml, application/json'],
  ])('row %i: content type %s', async (_row, type) => {
    await post(JSON.stringify(build), 415, 'unsupported-media-type', { 'content-type': type })
  })

  test('row 2: no content type', async () => {
    await post(new Uint8Array(Buffer.from(JSON.stringify(build))), 415, 'unsupported-media-type', {
      'content-type': '',
    })
  })

  test('row 5: a compressed body', async () => {
    await post(JSON.stringify(build), 415, 'unsupported-media-type', { 'content-encoding': 'gzip' })
  })
})

describe('row 7: a key that is given twice is refused wherever JSON is read', () => {
  const reading = Object.values(operations).filter((operation) => 'body' in operation)
  test.each(reading.map(({ method, url }) => [method, url]))('%s %s', async (method, url) => {
    const path = url.replace(':app', 'shop').replace(':environment', 'staging').replace(':name', 'NAMED')
    await refuses(method, path.replace(/:id|:number/, someId), { body: '{"a":1,"a":1}' }, 400, 'malformed-json')
  })
})

describe('addresses and queries', () => {
  test.each<[number, string, string, number, string]>([
    [13, 'GET', '/v1/nothing', 404, 'not-found'],
    [13, 'PATCH', '/v1/apps/shop', 405, 'method-not-allowed'],
    [13, 'DELETE', '/v1/jobs', 405, 'method-not-allowed'],
    [13, 'POST', '/openapi.json', 405, 'method-not-allowed'],
    [15, 'GET', `/v1/jobs?app=${'a'.repeat(9_000)}`, 414, 'uri-too-long'],
    [20, 'GET', '/v1/jobs?state[$ne]=queued', 422, 'validation-failed'],
    [20, 'GET', '/v1/jobs?state=queued&state=failed', 422, 'validation-failed'],
    [20, 'GET', "/v1/jobs?app=shop'%20OR%201=1--", 422, 'validation-failed'],
    [20, 'GET', "/v1/audit?actor=x';drop%20table%20audit&since=yesterday", 422, 'validation-failed'],
    [20, 'GET', '/v1/jobs?limit=0', 422, 'validation-failed'],
    [20, 'GET', '/v1/jobs?cursor=1', 422, 'validation-failed'],
    [12, 'GET', '/v1/apps/Shop', 422, 'validation-failed'],
    [28, 'GET', '/v1/jobs/1', 404, 'not-found'],
    [28, 'POST', '/v1/jobs/..%2fx/cancel', 404, 'not-found'],
    [28, 'DELETE', '/v1/tokens/1', 404, 'not-found'],
    [28, 'GET', '/v1/apps/shop/environments/staging/revisions/x', 404, 'not-found'],
    [28, 'GET', '/v1/jobs/00000000-0000-4000-8000-000000000000', 404, 'not-found'],
    [28, 'GET', '/v1/jobs/00000000-0000-4000-8000-000000000000/events', 404, 'not-found'],
  ])('row %i: %s %s', async (_row, method, path, status, code) => {
    await refuses(method, path, {}, status, code)
  })

  test('row 13: the methods that it takes are named', async () => {
    const { headers } = await api.call('PATCH', '/v1/apps/shop')
    expect(headers.get('allow')).toBe('DELETE, GET, HEAD, PUT')
  })

  test('row 18: a forged host changes nothing', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': '1.2.3.4' }
    const answer = await api.call('POST', '/v1/jobs', { body: build, headers })
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${answer.body.id}`)
    expect(answer.text).not.toContain('evil')
  })

  test('row 33: another site is refused, the own one is not', async () => {
    const own = [api.address, 'http://stevedore.example.com']
    for (const origin of ['https://evil.example', 'null', 'http://stevedore.example.com.evil.example'])
      await refuses('POST', '/v1/jobs', { body: build, headers: { origin } }, 403, 'foreign-origin')
    for (const origin of own)
      expect(await api.call('GET', '/v1/jobs', { headers: { origin } })).toMatchObject({ status: 200 })
  })
})

describe('jobs', () => {
  const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' }
  const pinned = (repository: string, digest: string) => `${repository}@sha256:${digest}`
  test.each<[number, string, object, number, string]>([
    [44, 'a semicolon in the ref', { ...build, ref: 'main;id' }, 422, 'invalid-ref'],
    [44, 'a substitution', { ...build, ref: '$(id)' }, 422, 'invalid-ref'],
    [44, 'backticks', { ...build, ref: '`id`' }, 422, 'invalid-ref'],
    [44, 'a pipe', { ...build, ref: 'a|b' }, 422, 'invalid-ref'],
    [44, 'a line break', { ...build, ref: 'a\nb' }, 422, 'invalid-ref'],
    [44, 'quotes', { ...build, ref: '"main"' }, 422, 'invalid-ref'],
    [45, 'an option as ref', { ...build, ref: '--upload-pack=touch /tmp/x' }, 422, 'invalid-ref'],
    [45, 'two dashes', { ...build, ref: '--' }, 422, 'invalid-ref'],
    [47, 'a short commit', { ...build, ref: 'a'.repeat(39) }, 422, 'invalid-ref'],
    [61, 'an option as target', { ...build, target: 'x --network=host' }, 422, 'validation-failed'],
    [61, 'a semicolon in the target', { ...build, target: 'x;y' }, 422, 'validation-failed'],
    [
      64,
      'bad characters in the image',
      { ...deploy, image: 'registry.example.com/ACME/Shop' },
      422,
      'validation-failed',
    ],
    [
      64,
      'a short digest',
      { ...deploy, image: pinned('registry.example.com/acme/shop', 'ab') },
      422,
      'validation-failed',
    ],
    [64, 'a long tag', { ...deploy, version: 'v'.repeat(129) }, 422, 'validation-failed'],
    [64, 'latest', { ...deploy, version: 'latest' }, 422, 'validation-failed'],
    [
      64,
      'another app’s path',
      { ...deploy, image: pinned('registry.example.com/acme/other', 'a'.repeat(64)) },
      422,
      'policy-violation',
    ],
    [40, 'a version that was not built', { ...deploy, version: '9.9.9' }, 422, 'no-such-image'],
    [43, 'an unknown strategy', { ...deploy, strategy: 'yolo' }, 422, 'validation-failed'],
    [39, 'no earlier release', { kind: 'rollback', app: 'shop', environment: 'staging' }, 409, 'no-previous-release'],
    [29, 'an upload that is not there', { ...build, upload: '00000000-0000-4000-8000-000000000000' }, 404, 'not-found'],
    [86, 'a pull request by name', { ...build, ref: 'refs/pull/7/head' }, 422, 'invalid-ref'],
    [29, 'an environment that is not there', { ...deploy, environment: 'nowhere' }, 404, 'not-found'],
  ])('row %i: %s', async (_row, _what, body, status, code) => {
    await post(body, status, code)
  })
})

describe('tokens and secrets', () => {
  test.each<[string, string, object]>([
    ['PUT', '/v1/secrets/A-B', { value: 'x' }],
    ['PUT', '/v1/secrets/KEY', { value: '' }],
    ['PUT', '/v1/secrets/KEY', { value: 'x', app: 'shop' }],
    ['PUT', '/v1/secrets/KEY?environment=staging', { value: 'x' }],
    ['PUT', '/v1/secrets/WEBHOOK_SECRET?app=shop', { value: 'whsec_!!!!!!!!!!!!!!!!!!!!!!!!' }],
    ['PUT', '/v1/secrets/WEBHOOK_SECRET?app=shop', { value: 'whsec_dG9vIHNob3J0IG9uZQ==' }],
    ['PUT', '/v1/secrets/WEBHOOK_SECRET?app=shop', { value: `whsec_${'A'.repeat(32)}` }],
    ['POST', '/v1/tokens', { name: 'a', role: 'root' }],
    ['POST', '/v1/tokens', { name: 'a\nb', role: 'viewer' }],
    ['POST', '/v1/tokens', { name: 'a', role: 'viewer', environment: 'staging' }],
    ['POST', '/v1/tokens', { name: 'a', role: 'viewer', expiresIn: '0d' }],
    ['POST', '/v1/tokens', { name: 'a', role: 'viewer', expiresIn: '4000d' }],
  ])('%s %s %j: 422', async (method, path, body) => {
    await refuses(method, path, { body }, 422, 'validation-failed')
  })

  test('row 74: a value that was stored is in no answer', async () => {
    for (const path of ['/v1/secrets', '/v1/secrets?app=shop', '/v1/audit?limit=200', '/v1/apps/shop', '/metrics'])
      expect((await api.call('GET', path)).text).not.toContain('the value of a stored secret')
    expect(api.readLogs()).not.toContain('the value of a stored secret')
  })
})
