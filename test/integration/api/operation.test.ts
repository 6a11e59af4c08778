import { lacks, redisComponent, sampleSpec, startRedis, type TestRedis } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

describe('probes', () => {
  test('without the transport work is still taken: ready, degraded', async () => {
    const ready = { status: 'degraded', ledger: 'ok', migrations: 'ok', transport: 'away' }
    expect(await api.call('GET', '/ready', { token: null })).toMatchObject({ status: 200, body: ready })
    const job = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
    expect(job.status).toBe(202)
  })

  test('metrics tell of requests by route, never by address', async () => {
    await api.call('GET', '/v1/apps/shop')
    const { status, text } = await api.call('GET', '/metrics')
    expect(status).toBe(200)
    expect(text).toMatch(/response_time_seconds_count\{route="\/v1\/apps\/:app",method="GET",status="200"\} \d+/)
    expect(text).not.toContain('shop')
  })
})

describe('what every answer carries', () => {
  test('the caller’s correlation id, also in the log and the job; a strange one is replaced', async () => {
    const own = { 'x-request-id': 'mine-123' }
    const { headers, body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' }, headers: own })
    expect(headers.get('x-request-id')).toBe('mine-123')
    expect(body.correlationId).toBe('mine-123')
    expect(api.readLogs()).toContain('"correlationId":"mine-123"')
    const strange = await api.call('GET', '/nothing', { headers: { 'x-request-id': 'a"b c' } })
    expect(strange.body.instance).toMatch(/^[0-9a-f-]{36}$/)
    expect(strange.body.instance).toBe(strange.headers.get('x-request-id'))
  })

  test('headers that keep browsers from guessing and framing', async () => {
    for (const path of ['/health', '/docs/', '/v1/apps', '/nothing'])
      expect(Object.fromEntries((await api.call('GET', path)).headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      })
  })
})

describe('documentation', () => {
  test('the document is served, and a page that loads nothing from elsewhere', async () => {
    const document = await api.call('GET', '/openapi.json', { token: null })
    expect(document.body).toMatchObject({
      openapi: '3.1.0',
      paths: { '/v1/jobs': { post: { operationId: 'createJob' } } },
    })
    const schema = await api.call('GET', '/stevedore.schema.json', { token: null })
    expect(schema.body).toMatchObject({ title: 'stevedore.yaml', $defs: { AppsSpecInput: { required: ['apps'] } } })
    const page = await api.call('GET', '/docs/', { token: null })
    expect(page.status).toBe(200)
    expect(page.text).not.toMatch(/https?:\/\//)
    expect(await api.call('GET', '/docs/js/scalar.js', { token: null })).toMatchObject({ status: 200 })
  })
})

describe.skipIf(lacks(redisComponent))('row 32: the board', () => {
  let redis: TestRedis
  let shown: TestApi
  beforeAll(async () => {
    redis = await startRedis()
    shown = await startTestApi({ redisUrl: redis.url })
  })
  afterAll(async () => {
    await shown?.close()
    await redis?.stop()
  })

  const signIn = (token: string, headers: Record<string, string> = {}) =>
    shown.call('POST', '/sign-in', {
      token: null,
      body: `token=${token}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })

  test('asks a browser for a token, and anything else for its header', async () => {
    expect(await shown.call('GET', '/queues', { token: null })).toMatchObject({ status: 401 })
    expect(await shown.call('GET', '/queues/api/queues', { token: null })).toMatchObject({ status: 401 })
    const page = await shown.call('GET', '/queues', { token: null, headers: { accept: 'text/html' } })
    expect(page.status).toBe(401)
    expect(page.text).toContain('<form method="post" action="/sign-in">')
  })

  test('leads from where one signed in before', async () => {
    const answer = await shown.call('GET', '/queues/sign-in', { token: null })
    expect(answer).toMatchObject({ status: 301 })
    expect(answer.headers.get('location')).toBe('/sign-in?to=/queues')
  })

  test('lets in by a cookie that no script reads and no other site sends', async () => {
    const viewer = await shown.createToken('viewer')
    const signedIn = await signIn(viewer)
    expect(signedIn).toMatchObject({ status: 303 })
    const cookie = signedIn.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    expect(cookie).toMatch(/Path=\/;/)
    const headers = { cookie: cookie.split(';', 1)[0] ?? '' }
    expect((await shown.call('GET', '/queues', { token: null, headers })).text).toContain('Stevedore')
    const queues = await shown.call('GET', '/queues/api/queues', { token: null, headers })
    expect(queues.body.queues.map(({ name }: { name: string }) => name).sort()).toEqual([
      'build',
      'deploy',
      'push',
      'rollback',
      'run',
    ])
  })

  test('bad tokens, tokens of one app and other sites stay out', async () => {
    expect(await signIn('stv_wrong')).toMatchObject({ status: 401 })
    const ofShop = await signIn(await shown.createToken('admin', { app: 'shop' }))
    const cookie = ofShop.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    expect(await shown.call('GET', '/queues', { token: null, headers: { cookie } })).toMatchObject({ status: 403 })
    expect(await signIn(shown.admin, { origin: 'https://evil.example' })).toMatchObject({ status: 403 })
  })

  test('is to look at only: 403 for a viewer, 405 for an admin', async () => {
    const viewer = await shown.createToken('viewer')
    const change = (token: string) => shown.call('PUT', '/queues/api/queues/build/pause', { token })
    expect(await change(viewer)).toMatchObject({ status: 403 })
    expect(await change(shown.admin)).toMatchObject({ status: 405 })
  })

  test('with the transport there the API is ready and measures its queues', async () => {
    expect((await shown.call('GET', '/ready')).body).toMatchObject({ status: 'ready', transport: 'ok' })
    expect((await shown.call('GET', '/metrics')).text).toMatch(/queue_depth\{kind="build",state="waiting"\} 0/)
  })
})
