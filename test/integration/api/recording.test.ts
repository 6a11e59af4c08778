import { createTestDatabase, sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

/** Two APIs on one ledger, each with its own memory; the second takes forty requests of a token in a minute. */
let first: TestApi
let second: TestApi
let sql: Client
const ends: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  const database = await createTestDatabase()
  ends.push(() => database.drop())
  first = await startTestApi({ databaseUrl: database.serviceUrl })
  ends.push(() => first.close())
  second = await startTestApi({ databaseUrl: database.serviceUrl, config: { rateLimitPerMinute: 40 } })
  ends.push(() => second.close())
  sql = new Client({ connectionString: database.url })
  await sql.connect()
  ends.push(() => sql.end())
  await declare('shop')
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

async function declare(app: string, targets = ['production', 'testing']): Promise<void> {
  const spec = sampleSpec(app)
  const answer = await first.call('PUT', `/v1/apps/${app}`, { body: { ...spec, build: { ...spec.build, targets } } })
  expect(answer.status).toBeLessThan(300)
}

const post = (api: TestApi, body: object, options: { key?: string; token?: string } = {}) =>
  api.call('POST', '/v1/jobs', {
    body: { kind: 'build', app: 'shop', ...body },
    token: options.token ?? api.admin,
    headers: options.key === undefined ? {} : { 'idempotency-key': options.key },
  })
const problem = ({ status, body }: { status: number; body: { type?: string } }) => `${status} ${body.type ?? ''}`
const verify = async () => (await first.call('GET', '/v1/audit/verify')).body.ok

async function countKeyed(key: string): Promise<number> {
  const found = await sql.query('select 1 from jobs join idempotency_keys on job_id = id where key like $1', [
    `%:${key}`,
  ])
  return found.rowCount ?? 0
}

test('of many at once each has its own answer: one job to a key, and a refusal of one touches no other', async () => {
  await post(first, { target: 'testing' }, { key: 'used' })
  const limited = await second.createToken('deployer')
  const narrow = await first.createToken('deployer', { app: 'other' })
  const times = (count: number, ask: (n: number) => ReturnType<typeof post>) =>
    Array.from({ length: count }, (_, n) => ask(n))
  const [fresh, twins, reused, unknown, hidden, many] = await Promise.all(
    [
      times(64, (n) => post(first, {}, { key: `fresh-${n}` })),
      times(16, (n) => post(first, {}, { key: `twin-${n >> 1}` })),
      times(8, () => post(first, {}, { key: 'used' })),
      times(8, (n) => post(first, { app: 'nobody' }, { key: `unknown-${n}` })),
      times(8, (n) => post(first, {}, { key: `hidden-${n}`, token: narrow })),
      times(50, (n) => post(second, {}, { key: `many-${n}`, token: limited })),
    ].map((all) => Promise.all(all)),
  )
  expect(new Set(fresh?.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(64)
  expect(fresh?.every(({ status }) => status === 202)).toBe(true)
  expect(twins?.map(({ body }) => body.id)).toEqual(twins?.map((_, n) => twins[n & ~1]?.body.id))
  expect(new Set(reused?.map(problem))).toEqual(new Set(['422 /problems/idempotency-key-reused']))
  expect(new Set([...(unknown ?? []), ...(hidden ?? [])].map(problem))).toEqual(new Set(['404 /problems/not-found']))
  expect(many?.filter(({ status }) => status === 202)).toHaveLength(40)
  expect(many?.filter(({ status }) => status === 429)).toHaveLength(10)
  for (const [prefix, jobs] of Object.entries({ fresh: 64, twin: 8, used: 1, unknown: 0, hidden: 0, many: 40 }))
    expect([prefix, await countKeyed(`${prefix}%`)]).toEqual([prefix, jobs])
  const { rows } = await sql.query(
    `select count(*)::int as jobs, count(distinct audit.job_id)::int as traced, count(distinct outbox.job_id)::int as sent,
       count(distinct events.job_id)::int as told
     from jobs left join audit on audit.job_id = jobs.id left join outbox on outbox.job_id = jobs.id left join events on events.job_id = jobs.id`,
  )
  expect(rows).toEqual([{ jobs: 113, traced: 113, sent: 113, told: 113 }])
  expect(await verify()).toBe(true)
})

test('a token that is revoked through one API ends there at once and at the other soon', async () => {
  const token = await first.createToken('deployer')
  for (const api of [first, second]) expect(await post(api, {}, { token })).toMatchObject({ status: 202 })
  const { items } = (await first.call('GET', '/v1/tokens')).body
  const { id } = items.findLast(({ role }: { role: string }) => role === 'deployer')
  expect(await first.call('DELETE', `/v1/tokens/${id}`)).toMatchObject({ status: 204 })
  expect(await post(first, {}, { token })).toMatchObject({ status: 401 })
  await expect.poll(async () => (await post(second, {}, { token })).status, { timeout: 5_000 }).toBe(401)
})

test('a spec that one API is given counts at the other with the next request, whether it allows or forbids', async () => {
  const token = await second.createToken('admin')
  for (let version = 1; version <= 5; version++) {
    await declare('shelf', version % 2 === 0 ? ['production', 'testing'] : ['production'])
    const refused = await post(second, { app: 'shelf', target: 'testing' }, { token })
    expect([version, refused.status]).toEqual([version, version % 2 === 0 ? 202 : 422])
    const plain = await post(second, { app: 'shelf' }, { token })
    expect(plain.body.specVersion).toBe(version)
  }
})

test('a session that is killed while it records many leaves each asker with a true answer', async () => {
  await sql.query('begin')
  await sql.query('lock table audit in access exclusive mode')
  const keys = Array.from({ length: 24 }, (_, n) => `killed-${n}`)
  const asked = Promise.all(keys.map((key) => post(first, {}, { key })))
  // By a session of its own: in a transaction the list of sessions stands still.
  const findRecording = () =>
    second.ledger.pool.query(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'with drafts%'`,
    )
  await expect.poll(async () => (await findRecording()).rowCount, { interval: 20, timeout: 30_000 }).toBe(1)
  const [{ pid }] = (await findRecording()).rows
  await second.ledger.pool.query('select pg_terminate_backend($1)', [pid])
  await sql.query('commit')
  const answers = await asked
  for (const [n, answer] of answers.entries()) {
    const kept = await countKeyed(keys[n] ?? '')
    if (answer.status === 202) expect(kept).toBe(1)
    else if (problem(answer) === '503 /problems/unavailable') expect(kept).toBe(0)
    else expect(problem(answer)).toBe('503 /problems/in-doubt')
  }
  expect(answers.some(({ status }) => status === 503)).toBe(true)
  const repeats = await Promise.all(keys.map((key) => post(first, {}, { key })))
  expect(repeats.every(({ status }) => status === 202)).toBe(true)
  for (const key of keys) expect(await countKeyed(key)).toBe(1)
  expect(await verify()).toBe(true)
})
