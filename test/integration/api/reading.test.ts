import { routeTable } from '@stevedore/api'
import { recordDelivery, recordObservation } from '@stevedore/ledger'
import { makeCertificate, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { addressOf } from './every-route.ts'
import { playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
let jobId: string
let deliveryId: string
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await playBuild(api)
  const revision = await playDeploy(api)
  jobId = revision.jobId
  await api.call('PUT', '/v1/secrets/KEY?app=shop&environment=staging', { body: { value: 'a value to keep' } })
  await api.call('PUT', '/v1/secrets/SHARED', { body: { value: 'a value to keep' } })
  await api.call('PUT', '/v1/certificates/shop', { body: await makeCertificate({ names: ['shop.test'] }) })
  const events = [{ on: 'push' as const, branch: 'main', commit: 'f00d' }]
  const delivery = { app: 'shop', provider: 'github', deliveryId: '1', event: 'push to main' }
  deliveryId = String((await recordDelivery(api.ledger, { ...delivery, content: { repository: [], events } })).seq)
  await observe()
})
afterAll(() => api.close())

const replica = { name: 'shop-1', revision: 1, healthy: true, state: 'running', reason: null, host: null }
function observe(extra: object = {}) {
  const observed = { replicas: [replica], traffic: { 1: 100 }, drift: [], address: 'http://localhost:8081', ...extra }
  return recordObservation(api.ledger, { app: 'shop', environment: 'staging', observed })
}

const readable = routeTable.filter(({ method, answers }) => method === 'GET' && answers[200] instanceof z.ZodType)

/** Views name every member: what a view does not name would be cut off by its schema, and the two would differ. */
test.each(readable.map((route) => [route.url, route] as const))(
  '%s answers with what it documents, and no more',
  async (url, route) => {
    const name = url.startsWith('/v1/certificates') ? 'shop' : 'SHARED'
    const answer = await api.call(
      'GET',
      addressOf({ ...route, url }, { id: url.includes('/deliveries/') ? deliveryId : jobId, name }),
    )
    expect(answer.status).toBe(200)
    expect((route.answers[200] as z.ZodType).parse(answer.body)).toEqual(answer.body)
    expect(answer.text).not.toContain('a value to keep')
    expect(answer.text).not.toContain(api.admin)
  },
)

describe('environments', () => {
  const path = '/v1/apps/shop/environments/staging'

  test('what should run, and what was seen to run', async () => {
    const { body } = await api.call('GET', path)
    expect(body).toMatchObject({
      desired: { number: 1, version: '1.0.0', state: 'active' },
      observed: { replicas: [{ name: 'shop-1' }], traffic: { 1: 100 } },
      pinnedBy: null,
    })
  })

  test('a live app that fell to none of two is told by its view, the list of apps and a metric', async () => {
    const sick = { ...replica, healthy: false, reason: '503' }
    const warm = { ...replica, name: 'shop-0', revision: 0 }
    await observe({ replicas: [sick, { ...sick, name: 'shop-2' }, warm], desiredReplicas: 2 })
    const fallen = { healthy: 0, desired: 2 }
    expect((await api.call('GET', path)).body).toMatchObject({ replicas: fallen })
    const { items } = (await api.call('GET', '/v1/apps')).body
    expect(items).toMatchObject([{ app: 'shop', running: [{ environment: 'staging', revision: 1, replicas: fallen }] }])
    const readFigures = async () => (await api.call('GET', '/metrics')).text
    const seenSoon = { timeout: 10_000 }
    await expect
      .poll(readFigures, seenSoon)
      .toContain('environment_replicas_healthy{app="shop",environment="staging"} 0')
    expect(await readFigures()).toContain('environment_replicas_desired{app="shop",environment="staging"} 2')
    const scoped = await api.createToken('viewer', { app: 'shop', environment: 'production' })
    const seen = await api.call('GET', '/v1/apps', { token: scoped })
    expect(seen.body.items).toMatchObject([{ app: 'shop', running: [] }])
    // What was seen before this was kept says nothing, and is replaced soon.
    await observe()
    expect((await api.call('GET', path)).body).toMatchObject({ replicas: null })
    await expect.poll(readFigures, seenSoon).not.toContain('environment_replicas_healthy{')
  })

  test('an observation that cannot be read is none', async () => {
    await observe({ replicas: 'many' })
    expect(await api.call('GET', path)).toMatchObject({ status: 200, body: { observed: null } })
    await observe()
  })

  test('one that was never deployed is there, and empty; one that is nowhere is not', async () => {
    const never = await api.call('GET', '/v1/apps/shop/environments/production')
    expect(never).toMatchObject({ status: 200, body: { desired: null, observed: null } })
    expect(await api.call('GET', '/v1/apps/shop/environments/nowhere')).toMatchObject({ status: 404 })
    expect(await api.call('GET', `${path}/revisions/2`)).toMatchObject({ status: 404 })
  })

  test('one that left the spec keeps its history', async () => {
    const { environments: _, ...spec } = sampleSpec()
    await api.call('PUT', '/v1/apps/shop', { body: spec })
    expect((await api.call('GET', `${path}/revisions`)).body.items).toHaveLength(1)
    const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' }
    expect(await api.call('POST', '/v1/jobs', { body: deploy })).toMatchObject({ status: 404 })
    await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  })
})

test('images by version and target, with their digest once pushed', async () => {
  const { body } = await api.call('GET', '/v1/apps/shop/images?version=1.0.0&target=production')
  expect(body.items).toMatchObject([
    { reference: 'registry.example.com/acme/shop:1.0.0-production', digest: expect.stringMatching(/^sha256:/) },
  ])
  expect((await api.call('GET', '/v1/apps/shop/images?version=9')).body.items).toEqual([])
})

describe('secrets', () => {
  const names = async (query = '') =>
    (await api.call('GET', `/v1/secrets${query}`)).body.items.map(({ name }: { name: string }) => name)

  test('are listed by place, replaced, and forgotten once', async () => {
    await api.call('PUT', '/v1/secrets/EVERYWHERE', { body: { value: 'one' } })
    const before = (await api.call('PUT', '/v1/secrets/OWN?app=shop', { body: { value: 'two' } })).body
    const after = (await api.call('PUT', '/v1/secrets/OWN?app=shop', { body: { value: 'three' } })).body
    expect(after.fingerprint).not.toBe(before.fingerprint)
    expect(await names()).toEqual(expect.arrayContaining(['EVERYWHERE', 'OWN', 'KEY']))
    expect(await names('?app=shop&environment=staging')).toEqual(['KEY'])
    expect((await api.call('DELETE', '/v1/secrets/OWN?app=shop')).status).toBe(204)
    expect((await api.call('DELETE', '/v1/secrets/OWN?app=shop')).status).toBe(404)
    expect((await api.call('PUT', '/v1/secrets/OWN?app=nothing', { body: { value: 'x' } })).status).toBe(404)
  })

  test('one is read by its name, at its own place alone, without its value', async () => {
    const { body } = await api.call('PUT', '/v1/secrets/NAMED?app=shop', { body: { value: 'never to be read' } })
    const read = await api.call('GET', '/v1/secrets/NAMED?app=shop')
    expect(read).toMatchObject({ status: 200, body })
    expect(read.text).not.toContain('never to be read')
    for (const place of ['', '?app=shop&environment=staging', '?app=nothing'])
      expect((await api.call('GET', `/v1/secrets/NAMED${place}`)).status, place).toBe(404)
    expect((await api.call('GET', '/v1/secrets/A-B')).status).toBe(422)
  })

  test('an environment names those that have changed since it was deployed', async () => {
    await api.call('PUT', '/v1/apps/keyed', { body: sampleSpec('keyed') })
    await playBuild(api, { app: 'keyed' })
    const path = '/v1/apps/keyed/environments/staging'
    const put = async (value: string) =>
      (await api.call('PUT', '/v1/secrets/LEVEL?app=keyed', { body: { value } })).body
    const read = async () => (await api.call('GET', path)).body
    const { version, fingerprint } = await put('first')
    const { number } = await playDeploy(api, { app: 'keyed', secrets: ['LEVEL'] })
    const given = { secrets: [{ name: 'LEVEL', version: 1 }] }
    expect(version).toBe(1)
    expect(await read()).toMatchObject({ desired: given, changedSecrets: [] })
    expect(await put('first')).toMatchObject({ version: 1, fingerprint })
    expect(await read()).toMatchObject({ changedSecrets: [] })
    expect(await put('second')).toMatchObject({ version: 2 })
    expect((await api.call('GET', '/v1/secrets/LEVEL?app=keyed')).body).toMatchObject({ version: 2 })
    expect(await read()).toMatchObject({ desired: given, changedSecrets: ['LEVEL'] })
    expect((await api.call('GET', '/v1/apps/keyed/environments')).body.items).toContainEqual(await read())
    expect((await api.call('GET', `${path}/revisions/${number}`)).body).toMatchObject(given)
    await playDeploy(api, { app: 'keyed', secrets: ['LEVEL'] })
    expect(await read()).toMatchObject({ changedSecrets: [] })
  })

  test('that an app would miss stay: 409, until another holds there or none names them', async () => {
    const spec = sampleSpec('keeper')
    const image = { ...spec.image, credential: 'REGISTRY_LOGIN' }
    const staging = { engine: 'docker', port: 8099, secrets: ['API_KEY'] } as const
    await api.call('PUT', '/v1/apps/keeper', { body: { ...spec, image, environments: { staging } } })
    const put = (path: string) => api.call('PUT', `/v1/secrets/${path}`, { body: { value: 'one of several' } })
    const remove = async (path: string) => (await api.call('DELETE', `/v1/secrets/${path}`)).status
    const [ofApp, ofAll, ofStaging] = ['?app=keeper', '', '?app=keeper&environment=staging']
    for (const path of [`REGISTRY_LOGIN${ofApp}`, `API_KEY${ofAll}`, `API_KEY${ofStaging}`]) await put(path)

    expect(await api.call('DELETE', `/v1/secrets/REGISTRY_LOGIN${ofApp}`)).toMatchObject({
      status: 409,
      body: { type: '/problems/in-use' },
    })
    expect(await remove(`API_KEY${ofAll}`)).toBe(204)
    expect(await remove(`API_KEY${ofStaging}`)).toBe(409)
    await api.call('PUT', '/v1/apps/keeper', { body: spec })
    expect(await remove(`API_KEY${ofStaging}`)).toBe(204)
    expect(await remove(`REGISTRY_LOGIN${ofApp}`)).toBe(204)
  })
})

describe('tokens', () => {
  test('are shown once, work within their role and scope, and end when revoked', async () => {
    const body = { name: 'ci', role: 'deployer', app: 'shop', expiresIn: '90d' }
    const made = await api.call('POST', '/v1/tokens', { body })
    expect(made).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^stv_/), app: 'shop' } })
    const { token, id } = made.body
    expect(await api.call('POST', '/v1/tokens', { body })).toMatchObject({ status: 409 })
    const job = { kind: 'build', app: 'shop' }
    expect(await api.call('POST', '/v1/jobs', { token, body: job })).toMatchObject({
      status: 202,
      body: { requestedBy: 'token:ci' },
    })
    expect((await api.call('GET', '/v1/tokens')).text).not.toContain(token)
    expect((await api.call('DELETE', `/v1/tokens/${id}`)).status).toBe(204)
    expect((await api.call('DELETE', `/v1/tokens/${id}`)).status).toBe(404)
    expect((await api.call('GET', '/v1/apps', { token })).status).toBe(401)
  })
})

describe('the audit trail', () => {
  test('is read by who, what and where, in parts', async () => {
    const { items, next } = (await api.call('GET', '/v1/audit?app=shop&action=app.declared&limit=1')).body
    expect(items).toMatchObject([{ action: 'app.declared', app: 'shop', actor: expect.stringMatching(/^token:/) }])
    const more = await api.call('GET', `/v1/audit?app=shop&action=app.declared&limit=1&cursor=${next}`)
    expect(more.body.items[0].seq).toBeGreaterThan(items[0].seq)
    expect((await api.call('GET', '/v1/audit?since=2999-01-01T00:00:00Z')).body.items).toEqual([])
  })

  test('goes on from what it gave alone: a cursor that was made up, altered or given elsewhere is refused', async () => {
    const [jobs, audit] = ['/v1/jobs?limit=1', '/v1/audit?limit=1']
    for (const app of ['shop', 'shop']) await api.call('POST', '/v1/jobs', { body: { kind: 'build', app } })
    const ofJobs = (await api.call('GET', jobs)).body.next
    const ofAudit = (await api.call('GET', audit)).body.next
    const [, signature] = ofAudit.split('.')
    const strange = [
      'c1',
      'c0',
      'c999999999999999',
      `c0.${'a'.repeat(16)}`,
      `c00.${signature}`,
      `c7.${signature}`,
      ofJobs,
    ]
    for (const cursor of strange)
      expect(await api.call('GET', `${audit}&cursor=${cursor}`), cursor).toMatchObject({ status: 422 })
    expect(await api.call('GET', `${jobs}&cursor=${ofAudit}`)).toMatchObject({ status: 422 })
    for (const filter of ['order=desc', 'app=shop', 'action=job.requested'])
      expect(await api.call('GET', `${audit}&${filter}&cursor=${ofAudit}`), filter).toMatchObject({ status: 422 })
    expect(await api.call('GET', `/v1/audit?limit=7&cursor=${ofAudit}`)).toMatchObject({ status: 200 })
    expect(await api.call('GET', `${jobs}&cursor=${ofJobs}`)).toMatchObject({ status: 200 })
  })

  test('is read newest first as well, in parts, to its beginning', async () => {
    const page = async (query: string) => (await api.call('GET', `/v1/audit?order=desc&limit=200${query}`)).body
    const seqs: number[] = []
    for (let cursor = ''; ; ) {
      const { items, next } = await page(cursor)
      seqs.push(...items.map(({ seq }: { seq: number }) => seq))
      if (next === null) break
      cursor = `&cursor=${next}`
    }
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => seqs.length - index))
    expect((await api.call('GET', '/v1/audit?order=up')).text).toContain('must be asc or desc')
  })

  test('verifies, also against a head kept from before; another head fails', async () => {
    const { body } = await api.call('GET', '/v1/audit/verify')
    expect(body).toMatchObject({ ok: true, entries: expect.any(Number) })
    const verify = (hash: string) => api.call('GET', `/v1/audit/verify?seq=${body.entries}&hash=${hash}`)
    await api.call('PUT', '/v1/secrets/LATER', { body: { value: 'x' } })
    expect((await verify(body.head)).body.ok).toBe(true)
    expect((await verify('f'.repeat(64))).body).toMatchObject({ ok: false, firstBroken: { seq: body.entries } })
    expect(await api.call('GET', '/v1/audit/verify?seq=1')).toMatchObject({ status: 422 })
  })
})
