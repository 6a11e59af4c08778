import { enqueueJob, type Ledger, listAudit, openLedger, readTrailRights, verifyAudit } from '@stevedore/ledger'
import { createTestDatabase } from '@stevedore/testkit'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { by, declareApp, newBuild } from './fixture.ts'

interface Chain {
  ledger: Ledger
  /** As the owner. */
  url: string
  serviceUrl: string
  tamper(...statements: string[]): Promise<void>
}

/** A ledger of the test's own with `entries` audit entries. */
async function openChain(entries = 0): Promise<Chain> {
  const database = await createTestDatabase()
  const ledger = openLedger({ url: database.serviceUrl, maxConnections: 32, statementTimeoutMs: 60_000 })
  const client = new Client({ connectionString: database.url })
  await client.connect()
  onTestFinished(async () => {
    await client.end()
    await ledger.close()
    await database.drop()
  })
  if (entries > 0) {
    const { app } = await declareApp(ledger)
    for (let n = 1; n < entries; n++)
      await enqueueJob(ledger, { job: newBuild(app), by: { ...by, actor: `token:${n}` } })
  }
  /** As a superuser who knows what is in the way. */
  async function tamper(...statements: string[]) {
    for (const statement of [
      'alter table audit disable trigger all',
      ...statements,
      'alter table audit enable trigger all',
    ])
      await client.query(statement)
  }
  return { ledger, url: database.url, serviceUrl: database.serviceUrl, tamper }
}

const shift = (from: number, by_: number) => [
  `update audit set seq = -(seq + ${by_}) where seq >= ${from}`,
  'update audit set seq = -seq where seq < 0',
]
const rehash = (seq: number) => `update audit set hash = audit_hash(audit) where seq = ${seq}`
const forge = (seq: number) =>
  `insert into audit (seq, actor, action, detail, prev_hash, hash)
   select ${seq}, 'token:mallory', 'job.approve', '{}', hash, '' from audit where seq = ${seq - 1}`

const tamperings: Record<string, { statements: string[]; broken: { seq: number; reason: string } }> = {
  'an edited field': {
    statements: ["update audit set actor = 'token:mallory' where seq = 4"],
    broken: { seq: 4, reason: 'edited' },
  },
  'an edited detail': {
    statements: [`update audit set detail = '{"kind":"push"}' where seq = 4`],
    broken: { seq: 4, reason: 'edited' },
  },
  'an edited time': {
    statements: ["update audit set at = at + interval '1 ms' where seq = 4"],
    broken: { seq: 4, reason: 'edited' },
  },
  'an edit with a new hash': {
    statements: ["update audit set actor = 'token:mallory' where seq = 4", rehash(4)],
    broken: { seq: 4, reason: 'edited' },
  },
  'an edited last entry': {
    statements: ["update audit set actor = 'token:mallory' where seq = 8"],
    broken: { seq: 8, reason: 'edited' },
  },
  'a deleted entry': { statements: ['delete from audit where seq = 4'], broken: { seq: 4, reason: 'deleted' } },
  'a deleted first entry': { statements: ['delete from audit where seq = 1'], broken: { seq: 1, reason: 'deleted' } },
  'a deleted entry, the rest renumbered': {
    statements: ['delete from audit where seq = 4', ...shift(5, -1)],
    broken: { seq: 4, reason: 'deleted' },
  },
  'two neighbours changing places': {
    statements: [
      'update audit set seq = -seq where seq in (4, 5)',
      'update audit set seq = case seq when -4 then 5 else 4 end where seq < 0',
    ],
    broken: { seq: 4, reason: 'reordered' },
  },
  'two distant entries changing places': {
    statements: [
      'update audit set seq = -seq where seq in (3, 7)',
      'update audit set seq = case seq when -3 then 7 else 3 end where seq < 0',
    ],
    broken: { seq: 3, reason: 'reordered' },
  },
  'an inserted entry': { statements: [...shift(4, 1), forge(4)], broken: { seq: 4, reason: 'inserted' } },
  'an inserted entry with a hash of its own': {
    statements: [...shift(4, 1), forge(4), rehash(4)],
    broken: { seq: 4, reason: 'inserted' },
  },
  'an entry before the first': {
    statements: [
      `insert into audit (seq, actor, action, detail, prev_hash, hash) values (0, 'x', 'job.approve', '{}', '', '')`,
    ],
    broken: { seq: 0, reason: 'inserted' },
  },
}

for (const [name, { statements, broken }] of Object.entries(tamperings))
  test(`row 101: ${name} by a superuser is found and named`, async () => {
    const { ledger, tamper } = await openChain(8)
    expect(await verifyAudit(ledger)).toMatchObject({ ok: true, entries: 8 })
    await tamper(...statements)
    expect(await verifyAudit(ledger)).toMatchObject({ ok: false, firstBroken: broken })
  })

test('row 102: a cut tail is found against a checkpoint', async () => {
  const { ledger, tamper } = await openChain(8)
  const { entries: seq, head: hash } = await verifyAudit(ledger)
  expect(await verifyAudit(ledger, { heads: [{ seq, hash }] })).toMatchObject({ ok: true })
  await tamper('delete from audit where seq > 6')
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true, entries: 6 })
  const firstBroken = { seq: 7, reason: 'cut' }
  expect(await verifyAudit(ledger, { heads: [{ seq, hash }] })).toMatchObject({ ok: false, firstBroken })
})

test('row 102: a chain rewritten as a whole is found against a checkpoint', async () => {
  const { ledger, tamper } = await openChain(8)
  const { entries: seq, head: hash } = await verifyAudit(ledger)
  const relink = (n: number) =>
    `update audit set prev_hash = (select hash from audit where seq = ${n - 1}) where seq = ${n}`
  const rest = [5, 6, 7, 8].flatMap((n) => [relink(n), rehash(n)])
  await tamper("update audit set actor = 'token:mallory' where seq = 4", rehash(4), ...rest)
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true })
  const firstBroken = { seq: 8, reason: 'rewritten' }
  expect(await verifyAudit(ledger, { heads: [{ seq, hash }] })).toMatchObject({ ok: false, firstBroken })
})

test('an empty chain is whole', async () => {
  const { ledger } = await openChain()
  expect(await verifyAudit(ledger)).toEqual({ ok: true, entries: 0, head: '0'.repeat(64) })
})

test('64 concurrent writers neither fork the chain nor leave a gap', async () => {
  const { ledger, url } = await openChain()
  const { app } = await declareApp(ledger)
  // All wait for each other: how long a caller would is not what is asked here.
  const patient = { url, statementTimeoutMs: 120_000, poolTimeoutMs: 120_000 }
  const [one, other] = [openLedger(patient), openLedger({ ...patient, maxConnections: 32 })]
  onTestFinished(async () => {
    await Promise.all([one.close(), other.close()])
  })
  const write = async (n: number) => {
    for (let round = 0; round < 5; round++)
      await enqueueJob(n % 2 ? one : other, { job: newBuild(app), by: { ...by, actor: `token:${n}` } })
  }
  await Promise.all(Array.from({ length: 64 }, (_, n) => write(n)))
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true, entries: 1 + 64 * 5 })
  const entries = await listAudit(ledger, { limit: 1_000 })
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 321 }, (_, n) => n + 1))
})

test('a transaction that fails leaves no hole', async () => {
  const { ledger } = await openChain(2)
  await expect(enqueueJob(ledger, { job: newBuild('nobody'), by })).rejects.toThrow()
  await declareApp(ledger)
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true, entries: 3 })
})

const forbidden = [
  "update audit set actor = 'x'",
  'update audit set seq = 1 where false',
  'delete from audit',
  'truncate audit',
]

test('row 100: not even the owner’s role may change the trail', async () => {
  const { url } = await openChain(2)
  const client = new Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  for (const statement of forbidden)
    await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' })
  await client.query('set session_replication_role = replica')
  await expect(client.query('delete from audit')).rejects.toMatchObject({ code: '42501' })
})

const beyondTheService = [
  ...forbidden,
  'alter table audit disable trigger all',
  'alter table audit disable trigger audit_append_only',
  'alter table audit owner to current_user',
  'alter table audit rename to other',
  'alter table audit drop column hash',
  'drop table audit',
  'drop trigger audit_append_only on audit',
  'create trigger other before insert on audit for each row execute function audit_chain()',
  'create rule other as on insert to audit do instead nothing',
  'set session_replication_role = replica',
  "create or replace function audit_append_only() returns trigger language plpgsql as 'begin return null; end'",
  "create function other() returns int language sql as 'select 1'",
  'alter function audit_chain() rename to other',
  'drop function audit_hash',
  'create table other (id int)',
  'create schema other',
  'create role other',
  'update drizzle.__drizzle_migrations set created_at = 0',
  'alter table jobs add column other int',
]

test('row 100: the service’s own role works the ledger, and can neither change the trail nor what keeps it', async () => {
  const { ledger: service, serviceUrl } = await openChain(2)
  const client = new Client({ connectionString: serviceUrl })
  await client.connect()
  onTestFinished(() => client.end())
  expect(await readTrailRights(service)).toEqual({ role: 'stevedore_test_service', may: [] })
  for (const statement of beyondTheService)
    await expect(client.query(statement), statement).rejects.toMatchObject({ code: expect.stringMatching(/^42501$/) })
  // PostgreSQL only warns of it.
  await client.query('grant update on audit to current_user')
  expect(await readTrailRights(service)).toMatchObject({ may: [] })
  const { app } = await declareApp(service)
  await enqueueJob(service, { job: newBuild(app), by })
  expect(await verifyAudit(service)).toMatchObject({ ok: true, entries: 4 })
})

test('a temporary table of the same name does not lead the chain astray', async () => {
  const { ledger, serviceUrl } = await openChain(2)
  const client = new Client({ connectionString: serviceUrl })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('create temp table audit as select * from audit where false')
  await client.query("insert into public.audit (actor, action, detail) values ('token:mallory', 'job.approve', '{}')")
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true, entries: 3 })
})

test('an insert cannot choose its number, time or hash', async () => {
  const { ledger, url } = await openChain(2)
  const client = new Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query(`insert into audit (seq, at, actor, action, detail, prev_hash, hash)
    values (99, '2001-01-01', 'token:mallory', 'job.approve', '{ "odd" : 1.0 }', 'x', 'y')`)
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true, entries: 3 })
  const [entry] = await listAudit(ledger, { actor: 'token:mallory', limit: 10 })
  expect(entry).toMatchObject({ seq: 3, detail: { odd: 1 } })
  expect(Date.parse(entry?.at ?? '')).toBeGreaterThan(Date.now() - 600_000)
})

test('the database and the verifier agree on every sort of character', async () => {
  const { ledger, url } = await openChain()
  const { app } = await declareApp(ledger)
  const controls = Array.from({ length: 31 }, (_, n) => String.fromCharCode(n + 1)).join('')
  const odd = `"\\/${controls}\u007f\u0080\u2028ü€😀`
  const job = newBuild(app, { request: { kind: 'build', app, ref: `${odd}\0\ud800` } })
  await enqueueJob(ledger, { job, by: { actor: `token:${odd}`, correlationId: odd } })
  const detail = JSON.stringify({ [odd]: odd, n: [1e21, -0, 1.5e-7, 0.1] })
  const client = new Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query("insert into audit (actor, action, detail) values ('system', 'job.approve', $1)", [detail])
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true, entries: 3 })
})

test('the trail is read by actor, app, action, time and from a place on', async () => {
  const { ledger } = await openChain(4)
  const list = async (o: object) => (await listAudit(ledger, { limit: 10, ...o })).map(({ seq }) => seq)
  expect(await list({})).toEqual([1, 2, 3, 4])
  expect(await list({ after: 2 })).toEqual([3, 4])
  expect(await list({ actor: 'token:2' })).toEqual([3])
  expect(await list({ action: 'app.declared' })).toEqual([1])
  expect(await list({ app: 'other' })).toEqual([])
  expect(await list({ since: new Date(Date.now() + 3_600_000) })).toEqual([])
  expect(await list({ limit: 1 })).toEqual([1])
})
