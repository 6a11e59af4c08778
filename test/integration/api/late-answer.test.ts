import { setTimeout as wait } from 'node:timers/promises'
import { sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
const holders: Client[] = []
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  for (let count = 0; count < 3; count++) {
    const client = new Client({ connectionString: api.databaseUrl })
    await client.connect()
    holders.push(client)
  }
})
afterAll(async () => {
  for (const client of holders) await client.end()
  await api.close()
})

/** Below what one statement may wait, 3 s; two of them are beyond what a request takes, 5 s. */
const heldMs = 2_700

let looker: Client
let next = 0
beforeEach(() => {
  looker = holders[2] as Client
  next += 1
})

/** Holds a lock from now on until the time is over. */
async function hold(client: Client | undefined, statement: string, forMs: number): Promise<{ end: Promise<unknown> }> {
  await client?.query('begin')
  await client?.query(statement)
  return { end: wait(forMs).then(() => client?.query('commit')) }
}

/** How many of the service's sessions wait for a lock or are in a transaction. */
async function countBusy(): Promise<number> {
  const { rows } = await looker.query(
    `select count(*)::int as busy from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
     and state in ('active', 'idle in transaction')`,
  )
  return rows[0].busy
}

const count = async () => (await looker.query('select count(*)::int as jobs from jobs')).rows[0].jobs

const lockApp = `select 1 from apps where app = 'shop' for update`
const lockTrail = 'lock table audit in access exclusive mode'

test('what is answered with 503 is not kept, although no statement by itself took too long', async () => {
  const before = await count()
  const first = await hold(holders[0], lockApp, heldMs)
  const second = await hold(holders[1], lockTrail, heldMs * 2)
  const request = { body: { kind: 'build', app: 'shop' }, headers: { 'idempotency-key': `late-${next}` } }
  const refused = await api.call('POST', '/v1/jobs', request)
  expect(refused).toMatchObject({ status: 503, body: { type: '/problems/unavailable' } })
  await Promise.all([first.end, second.end])
  await expect.poll(countBusy, { timeout: 30_000 }).toBe(0)
  expect(await count()).toBe(before)
  expect(await api.call('POST', '/v1/jobs', request)).toMatchObject({ status: 202 })
  expect(await count()).toBe(before + 1)
})

test('what was done in time is answered as it was', async () => {
  const before = await count()
  const first = await hold(holders[0], lockApp, 1_000)
  const request = { body: { kind: 'build', app: 'shop' }, headers: { 'idempotency-key': `late-${next}` } }
  expect(await api.call('POST', '/v1/jobs', request)).toMatchObject({ status: 202 })
  await first.end
  expect(await count()).toBe(before + 1)
})
