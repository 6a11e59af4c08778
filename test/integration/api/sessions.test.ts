import { listTokens, openLedger, pruneLedger, revokeToken } from '@stevedore/ledger'
import { openEventStream, readContents, sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { by } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await api.call('PUT', '/v1/apps/other', { body: sampleSpec('other') })
})
afterAll(() => api.close())

const form = { 'content-type': 'application/x-www-form-urlencoded' }

function signIn(token: string, { to = '', headers = {} }: { to?: string; headers?: Record<string, string> } = {}) {
  const body = new URLSearchParams({ token, to }).toString()
  return api.call('POST', '/sign-in', { token: null, body, headers: { ...form, ...headers } })
}

/** The cookie of a new session, as a browser sends it. */
async function begin(token: string): Promise<string> {
  const { headers } = await signIn(token)
  return headers.get('set-cookie')?.split(';', 1)[0] ?? ''
}

function ask(cookie: string, method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
  return api.call(method, path, { token: null, headers: { cookie, ...headers }, ...(body ? { body } : {}) })
}

async function sql(text: string): Promise<void> {
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  await client.query(text)
  await client.end()
}

const own = { 'sec-fetch-site': 'same-origin' }

test('the form leaves the id of a session for the whole site, and never the token', async () => {
  const page = await api.call('GET', '/sign-in?to=/console/apps/shop', { token: null })
  expect(page.text).toContain('<form method="post" action="/sign-in">')
  expect(page.text).toContain('value="/console/apps/shop"')
  const answer = await signIn(api.admin, { to: '/queues/queue/build' })
  expect(answer).toMatchObject({ status: 303 })
  expect(answer.headers.get('location')).toBe('/queues/queue/build')
  const cookie = answer.headers.get('set-cookie') ?? ''
  expect(cookie).toMatch(/^stevedore_session=sts_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  const id = /sts_[\w-]{43}/.exec(cookie)?.[0] ?? ''
  const everything = JSON.stringify(await readContents(api.databaseUrl))
  expect(everything).not.toContain(id)
  expect(everything).not.toContain(Buffer.from(id).toString('hex'))
  expect(api.readLogs()).not.toContain(id)
})

test.each(['https://evil.example', '//evil.example', '/v1/jobs', '/sign-out'])('it never leads to %s', async (to) => {
  expect((await signIn(api.admin, { to })).headers.get('location')).toBe('/console')
})

test('every address of the API takes it as it takes the token, within the scope of that', async () => {
  const cookie = await begin(await api.createToken('viewer', { app: 'shop' }))
  expect((await ask(cookie, 'GET', '/v1/apps')).body.items).toMatchObject([{ app: 'shop' }])
  expect((await ask(cookie, 'GET', '/v1/me')).body).toMatchObject({ rights: ['read'], server: false })
  expect(await ask(cookie, 'GET', '/v1/apps/other')).toMatchObject({ status: 404 })
  expect(await ask(cookie, 'GET', '/metrics')).toMatchObject({ status: 403 })
  expect(await ask(await begin(api.admin), 'GET', '/metrics')).toMatchObject({ status: 200 })
})

test('where a header is there the cookie does not count, and neither is taken for the other', async () => {
  const cookie = await begin(api.admin)
  const id = cookie.split('=')[1] ?? ''
  expect(await ask(cookie, 'GET', '/v1/apps', { authorization: 'Bearer stv_wrong' })).toMatchObject({ status: 401 })
  expect(await ask(cookie, 'GET', '/v1/apps', { authorization: 'Basic eA==' })).toMatchObject({ status: 401 })
  expect(await api.call('GET', '/v1/apps', { token: id })).toMatchObject({ status: 401 })
  expect(await ask(`stevedore_session=${api.admin}`, 'GET', '/v1/apps')).toMatchObject({ status: 401 })
})

describe('row 33: with a session', () => {
  const build = { kind: 'build', app: 'shop' }

  test.each([
    ['nothing', {}],
    ['an address typed in', { 'sec-fetch-site': 'none' }],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a neighbour of the same site', { 'sec-fetch-site': 'same-site', origin: 'http://blog.example.com' }],
    ['another site in an old browser', { origin: 'https://evil.example' }],
  ])('a change that tells of %s is refused', async (_, headers) => {
    const cookie = await begin(api.admin)
    const before = await readContents(api.databaseUrl)
    const answer = await ask(cookie, 'POST', '/v1/jobs', headers, build)
    expect(answer).toMatchObject({ status: 403, body: { type: '/problems/foreign-origin' } })
    expect(await ask(cookie, 'DELETE', '/v1/apps/shop', headers)).toMatchObject({ status: 403 })
    expect(await ask(cookie, 'POST', '/sign-out', headers)).toMatchObject({ status: 403 })
    expect(await readContents(api.databaseUrl)).toEqual(before)
    expect(await ask(cookie, 'GET', '/v1/me')).toMatchObject({ status: 200 })
  })

  test('a change from the own pages is made, in the name of the token', async () => {
    const cookie = await begin(api.admin)
    const name = (await ask(cookie, 'GET', '/v1/me')).body.token.name
    for (const headers of [own, { origin: api.address }]) {
      const { status, body } = await ask(cookie, 'POST', '/v1/jobs', headers, build)
      expect(status).toBe(202)
      expect(body.requestedBy).toBe(`token:${name}`)
    }
  })
})

describe('it ends', () => {
  test('with its token, at once', async () => {
    const token = await api.createToken('viewer')
    const cookie = await begin(token)
    expect(await ask(cookie, 'GET', '/v1/me')).toMatchObject({ status: 200 })
    const { id } = (await ask(cookie, 'GET', '/v1/me')).body.token
    await api.call('DELETE', `/v1/tokens/${id}`)
    const answer = await ask(cookie, 'GET', '/v1/me')
    expect(answer).toMatchObject({ status: 401, body: { detail: 'The session has ended: sign in again.' } })
  })

  test('by a sign-out, and no other session with it', async () => {
    const [cookie, other] = [await begin(api.admin), await begin(api.admin)]
    expect(await ask(cookie, 'GET', '/v1/me')).toMatchObject({ status: 200 })
    const left = await ask(cookie, 'POST', '/sign-out', own)
    expect(left).toMatchObject({ status: 303 })
    expect(left.headers.get('location')).toBe('/sign-in')
    expect(left.headers.get('set-cookie')).toMatch(/^stevedore_session=; .*Path=\/;/)
    expect(await ask(cookie, 'GET', '/v1/me')).toMatchObject({ status: 401 })
    expect(await ask(other, 'GET', '/v1/me')).toMatchObject({ status: 200 })
  })

  test('when its browser signs in anew', async () => {
    const cookie = await begin(api.admin)
    await signIn(api.admin, { headers: { cookie, ...own } })
    expect(await ask(cookie, 'GET', '/v1/me')).toMatchObject({ status: 401 })
  })

  test('after a day without a request, and is then pruned', async () => {
    const cookie = await begin(await api.createToken('viewer'))
    await sql(`update sessions set seen_at = now() - interval '23 hours'`)
    expect(await ask(cookie, 'GET', '/v1/me')).toMatchObject({ status: 200 })
    await sql(`update sessions set seen_at = now() - interval '25 hours'`)
    // Another API knows nothing of it.
    const cold = await startTestApi({ databaseUrl: api.databaseUrl })
    onTestFinished(() => cold.close())
    expect(await cold.call('GET', '/v1/me', { token: null, headers: { cookie } })).toMatchObject({ status: 401 })
    await pruneLedger(api.ledger, { limit: 1_000 })
    expect((await readContents(api.databaseUrl)).sessions).toMatch(/^0:/)
  })

  test.each(['its token is revoked', 'it is signed out'])(
    'for an open stream within five seconds where %s',
    async (way) => {
      const cookie = await begin(await api.createToken('viewer'))
      const token = (await listTokens(api.ledger)).at(-1)
      const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
      const stream = await openEventStream(`${api.address}/v1/jobs/${body.id}/events`, { cookie })
      expect((await stream.next())?.event).toBe('job.queued')
      if (way === 'it is signed out') await ask(cookie, 'POST', '/sign-out', own)
      else await revokeToken(api.ledger, { id: token?.id ?? '', by })
      const started = performance.now()
      await stream.rest()
      expect(performance.now() - started).toBeLessThan(5_000)
    },
  )
})

test('that it was seen is written once a minute at most', async () => {
  const cookie = await begin(await api.createToken('viewer'))
  const other = openLedger({ url: api.serviceUrl })
  onTestFinished(() => other.close())
  const seen = async () => JSON.stringify((await readContents(api.databaseUrl)).sessions)
  const before = await seen()
  const { identify } = await import('@stevedore/ledger')
  const proof = { kind: 'session', text: cookie.split('=')[1] ?? '' } as const
  expect(await identify(other, proof)).toMatchObject({ role: 'viewer' })
  expect(await seen()).toBe(before)
  await sql(`update sessions set seen_at = now() - interval '2 minutes'`)
  const stale = await seen()
  await identify(other, proof)
  expect(await seen()).not.toBe(stale)
})

test('tokens that are none are refused, and counted by address', async () => {
  const strict = await startTestApi()
  onTestFinished(() => strict.close())
  const attempt = () => strict.call('POST', '/sign-in', { token: null, body: 'token=stv_wrong', headers: form })
  for (let count = 0; count < 60; count++) expect((await attempt()).status).toBe(401)
  expect(await attempt()).toMatchObject({ status: 429 })
})
