import { createHmac } from 'node:crypto'
import { migrateLedger } from '@stevedore/ledger'
import { openEventStream, sampleSpec, startPostgres, startTcpProxy, type TestPostgres } from '@stevedore/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { claim, finish } from './play-worker.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
  await migrateLedger(postgres.url)
})
afterAll(() => postgres.stop())

let api: TestApi
beforeEach(async () => {
  api = await startTestApi({ databaseUrl: postgres.url })
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterEach(() => api.close())

const build = { kind: 'build', app: 'shop' }
const record = (caller: Pick<TestApi, 'call'>, key: string) =>
  caller.call('POST', '/v1/jobs', { body: build, headers: { 'idempotency-key': key } })

test('Postgres stops: 503 with Retry-After within five seconds, nothing kept; back again: the same request is taken', async () => {
  await postgres.stopImmediately()
  const started = performance.now()
  const refused = await record(api, 'stopped')
  expect(performance.now() - started).toBeLessThan(6_000)
  expect(refused).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused.text).not.toMatch(/ECONN|127\.0\.0\.1|postgres/i)
  expect(await api.call('GET', '/ready')).toMatchObject({ status: 503, body: { status: 'unready', ledger: 'away' } })
  expect(await api.call('GET', '/health')).toMatchObject({ status: 200 })

  await postgres.restart()
  const taken = await record(api, 'stopped')
  expect(taken.status).toBe(202)
  const { items } = (await api.call('GET', '/v1/jobs')).body
  expect(items.map(({ id }: { id: string }) => id)).toEqual([taken.body.id])
})

test('Postgres no longer answers, its connections still open: 503 within five seconds', async () => {
  const { hostname, port } = new URL(postgres.url)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  const proxied = Object.assign(new URL(postgres.url), { port: String(proxy.port) }).href
  const other = await startTestApi({ databaseUrl: proxied })
  proxy.stall()
  const started = performance.now()
  expect(await record(other, 'stalled')).toMatchObject({ status: 503 })
  expect(performance.now() - started).toBeLessThan(6_000)
  proxy.heal()
  await expect.poll(async () => (await record(other, 'healed')).status, { timeout: 15_000 }).toBe(202)
  await other.close()
  await proxy.close()
})

test('a webhook that Postgres was away for is refused, and taken up once it is back, once', async () => {
  const secret = 'the-secret-of-this-hook'
  const triggers = [{ on: 'push', do: ['build production'] }]
  await api.call('PUT', '/v1/apps/pushed', { body: { ...sampleSpec('pushed'), triggers } })
  await api.call('PUT', '/v1/secrets/WEBHOOK_SECRET?app=pushed', { body: { value: secret } })
  const repository = { clone_url: sampleSpec('pushed').source?.git }
  const body = JSON.stringify({ ref: 'refs/heads/main', after: 'c'.repeat(40), repository })
  const headers = {
    'x-github-event': 'push',
    'x-github-delivery': 'missed-1',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }
  const deliver = () => api.call('POST', '/v1/webhooks/github/pushed', { token: null, body, headers })
  await postgres.stopImmediately()
  expect(await deliver()).toMatchObject({ status: 503 })
  await postgres.restart()
  const listJobs = async () => (await api.call('GET', '/v1/jobs?app=pushed')).body?.items ?? []
  await expect.poll(listJobs, { timeout: 20_000 }).toMatchObject([{ kind: 'build', requestedBy: 'webhook:github' }])
  expect(await deliver()).toMatchObject({ status: 200, body: { status: 'duplicate', jobs: [expect.any(String)] } })
  const trail = await api.call('GET', '/v1/audit?action=webhook.received&app=pushed')
  expect(trail.body.items).toMatchObject([{ detail: { deliveryId: 'missed-1', cause: 'reconciled' } }])
})

test('a stream outlasts a restart of Postgres and misses nothing', async () => {
  const { body } = await record(api, 'stream')
  const stream = await openEventStream(`${api.address}/v1/jobs/${body.id}/events`, {
    authorization: `Bearer ${api.admin}`,
  })
  expect((await stream.next())?.id).toBe('1')
  await postgres.stopImmediately()
  await postgres.restart()
  await expect.poll(async () => (await api.call('GET', '/ready')).body.ledger, { timeout: 15_000 }).toBe('ok')
  await finish(api, await claim(api, body.id))
  expect((await stream.rest()).map(({ id, event }) => [id, event])).toEqual([
    ['2', 'job.started'],
    ['3', 'job.succeeded'],
  ])
})
