import { buffer } from 'node:stream/consumers'
import { sampleSpec } from '@stevedore/testkit'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../../harness/test-api.ts'
import { expectRefused, type Sent } from '../expect-refused.ts'
import { playBuild } from '../play-worker.ts'

/* What a person asks for that is not to be had, one thing at a time. */
let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await playBuild(api)
  await api.call('PUT', '/v1/secrets/STORED?app=shop', { body: { value: 'the value of a stored secret' } })
})
afterAll(() => api.close())

const refuses = (...sent: Sent) => expectRefused(api, ...sent)
const post = (body: unknown, status: number, code: string) => refuses('POST', '/v1/jobs', { body }, status, code)
const build = { kind: 'build', app: 'shop' }

test('row 18: a forged host changes nothing', async () => {
  const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': '1.2.3.4' }
  const answer = await api.call('POST', '/v1/jobs', { body: build, headers })
  expect(answer.headers.get('location')).toBe(`/v1/jobs/${answer.body.id}`)
  expect(answer.text).not.toContain('evil')
})

test.each(['http://stevedore.example.com', 'the address itself'])('row 33: the own site is taken: %s', async (own) => {
  const origin = own.startsWith('http') ? own : api.address
  expect(await api.call('GET', '/v1/jobs', { headers: { origin } })).toMatchObject({ status: 200 })
})

describe('jobs', () => {
  const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' }
  const pinned = (repository: string, digest: string) => `${repository}@sha256:${digest}`
  test.each<[number, string, object, number, string]>([
    [44, 'a semicolon in the ref', { ...build, ref: 'main;id' }, 422, 'invalid-ref'],
    [44, 'a substitution', { ...build, ref: '$(id)' }, 422, 'invalid-ref'],
    [44, 'backticks', { ...build, ref: '`id`' }, 422, 'invalid-ref'],
    [44, 'an ampersand', { ...build, ref: 'a&b' }, 422, 'invalid-ref'],
    [44, 'a pipe', { ...build, ref: 'a|b' }, 422, 'invalid-ref'],
    [44, 'a line break', { ...build, ref: 'a\nb' }, 422, 'invalid-ref'],
    [44, 'quotes', { ...build, ref: '"main"' }, 422, 'invalid-ref'],
    [45, 'an option as ref', { ...build, ref: '--upload-pack=touch /tmp/x' }, 422, 'invalid-ref'],
    [45, 'a setting of git', { ...build, ref: '-cprotocol.ext.allow=always' }, 422, 'invalid-ref'],
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

  test('row 29: another app’s upload', async () => {
    await api.call('PUT', '/v1/apps/other', { body: { app: 'other', source: {} } })
    const tar = pack()
    tar.entry({ name: 'Dockerfile' }, 'FROM scratch')
    tar.finalize()
    const body = await buffer(tar as unknown as AsyncIterable<Buffer>)
    const headers = { 'content-type': 'application/x-tar' }
    const { body: kept } = await api.call('POST', '/v1/apps/other/uploads', { body, headers })
    expect(kept.id).toBeTypeOf('string')
    await post({ ...build, upload: kept.id }, 404, 'not-found')
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
