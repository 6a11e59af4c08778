import { randomUUID } from 'node:crypto'
import { pruneLedger } from '@stevedore/ledger'
import { readContents, sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestApi } from '../../harness/test-api.ts'
import { push, secret, signHex, startHookedApi } from './hooked-shop.ts'

let api: TestApi
beforeAll(async () => {
  api = await startHookedApi()
})
afterAll(() => api.close())

async function deliver(payload: object, delivery: string = randomUUID()) {
  const body = JSON.stringify(payload)
  const headers = {
    'x-github-event': 'push',
    'x-github-delivery': delivery,
    'x-hub-signature-256': `sha256=${signHex(body)}`,
  }
  return (await api.call('POST', '/v1/webhooks/github/shop', { token: null, body, headers })).body
}

const other = { ...push, ref: 'refs/heads/feature' }
const list = async (query = '') => (await api.call('GET', `/v1/apps/shop/deliveries${query}`)).body
const redeliver = (id: number | string, token = api.admin, app = 'shop') =>
  api.call('POST', `/v1/apps/${app}/deliveries/${id}/redeliver`, { token })

async function sql(text: string): Promise<void> {
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  await client.query(text)
  await client.end()
}

test('each shows what it started, or why nothing', async () => {
  const id = randomUUID()
  const { jobs } = await deliver(push, id)
  await deliver(other)
  const { items } = await list()
  expect(items).toMatchObject([
    { event: 'push to feature', jobs: [], reason: 'no trigger of the app fits', redeliverable: true },
    { event: 'push to main', jobs, reason: null, provider: 'github', deliveryId: id, redeliveryOf: null },
  ])
  expect((await api.call('GET', `/v1/apps/shop/deliveries/${items[1].id}`)).body).toEqual(items[1])
  const first = await list('?limit=1')
  expect(first.items).toEqual([items[0]])
  expect((await list(`?cursor=${first.next}`)).items).toEqual([items[1]])
  expect(await api.call('GET', '/v1/apps/shop/deliveries/999999')).toMatchObject({ status: 404 })
})

test('is judged anew in the name of who asks, and may start jobs once more', async () => {
  const delivery = randomUUID()
  const { jobs } = await deliver({ ...push, after: 'e'.repeat(40) }, delivery)
  const [earlier] = (await list()).items
  const deployer = await api.createToken('deployer', { app: 'shop' })
  const again = await redeliver(earlier.id, deployer)
  expect(again).toMatchObject({ status: 200, body: { status: 'started', jobs: [expect.any(String)] } })
  expect(again.body.jobs).not.toEqual(jobs)
  const [recorded] = (await list()).items
  expect(recorded).toMatchObject({ redeliveryOf: earlier.id, jobs: again.body.jobs, event: 'push to main' })
  expect(recorded.deliveryId).toMatch(new RegExp(`^${delivery}~`))
  const { name } = (await api.call('GET', '/v1/me', { token: deployer })).body.token
  const job = (await api.call('GET', `/v1/jobs/${again.body.jobs[0]}`)).body
  expect(job).toMatchObject({ requestedBy: `token:${name}`, request: { trigger: { commit: 'e'.repeat(40) } } })
  const trail = (await api.call('GET', '/v1/audit?action=webhook.received&order=desc&limit=1')).body.items
  expect(trail).toMatchObject([{ actor: `token:${name}`, detail: { cause: 'redelivered' } }])
  // The forge's own repeat is a repeat still.
  expect(await deliver({ ...push, after: 'e'.repeat(40) }, delivery)).toMatchObject({ status: 'duplicate', jobs })
})

test('it is held against the app as it is now', async () => {
  await deliver(other)
  const [earlier] = (await list()).items
  const moved = { ...sampleSpec(), source: { git: 'https://git.example.com/acme/elsewhere.git' } }
  const before = (await api.call('GET', '/v1/apps/shop')).body.spec
  await api.call('PUT', '/v1/apps/shop', { body: moved })
  expect((await redeliver(earlier.id)).body).toMatchObject({
    status: 'ignored',
    reasons: [expect.stringContaining('another repository')],
  })
  await api.call('PUT', '/v1/apps/shop', { body: before })
})

test('it takes the right to deploy the app', async () => {
  const [{ id }] = (await list()).items
  const before = await readContents(api.databaseUrl)
  const unchanged = async () => {
    const { tokens: _, audit: __, ...after } = await readContents(api.databaseUrl)
    expect(before).toMatchObject(after)
  }
  expect(await redeliver(id, await api.createToken('viewer'))).toMatchObject({ status: 403 })
  expect(await redeliver(id, await api.createToken('deployer', { app: 'shop', environment: 'staging' }))).toMatchObject(
    { status: 403 },
  )
  expect(await redeliver(id, await api.createToken('admin', { app: 'other' }))).toMatchObject({ status: 404 })
  await unchanged()
  await api.call('PUT', '/v1/apps/other', { body: sampleSpec('other') })
  expect(await redeliver(id, api.admin, 'other')).toMatchObject({ status: 404 })
  expect(await redeliver('x')).toMatchObject({ status: 404 })
})

test('what it told is kept without what it was proved with, and for 30 days; one of an older version has none', async () => {
  await deliver({
    ...push,
    after: 'd'.repeat(40),
    repository: { ...push.repository, clone_url: 'https://ada:pa55word@git.example.com/acme/shop.git' },
  })
  const everything = JSON.stringify((await readContents(api.databaseUrl)).deliveries)
  expect(everything).not.toContain(secret)
  expect(everything).not.toContain('pa55word')
  await sql(`update deliveries set received_at = now() - interval '31 days', event = null`)
  await pruneLedger(api.ledger, { limit: 1_000 })
  const [{ id, redeliverable, jobs }] = (await list()).items
  expect(redeliverable).toBe(false)
  expect(jobs).toHaveLength(1)
  expect(await redeliver(id)).toMatchObject({ status: 409, body: { type: '/problems/conflict' } })
})
