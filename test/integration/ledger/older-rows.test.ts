import { randomBytes } from 'node:crypto'
import { appSpec, readStored, shapeOf, stepResults } from '@stevedore/contract'
import {
  checkLedger,
  findChangedSecrets,
  getApp,
  getEnvironment,
  getJob,
  getRevision,
  listAttempts,
  listAudit,
  listEvents,
  listImages,
  listJobs,
  listSecrets,
  listSteps,
  listVouchedHosts,
  migrateLedger,
  openLedger,
  putApp,
  putSecret,
  readSecrets,
  retryJob,
  verifyAudit,
} from '@stevedore/ledger'
import { createTestDatabase } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { by, openFixture } from './fixture.ts'
import { insertOldRows, returnToFirstRelease } from './older-database.ts'
import { oldEvents, oldJobs, oldSteps, report, spec } from './older-rows.ts'

const masterKey = randomBytes(32)

/** A database as the first release left it, with rows of that time, brought up to date. */
async function openUpgraded() {
  const database = await createTestDatabase()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await returnToFirstRelease(client)
  const ids = await insertOldRows(client)
  const { sealed, fingerprint } = await sealValue()
  await client.query(
    `insert into secrets (name, app, environment, sealed, fingerprint) values ('KEY', 'shop', '', $1, $2)`,
    [sealed, fingerprint],
  )
  const ledger = openLedger({ url: database.url, masterKey })
  afterAll(async () => {
    await client.end()
    await ledger.close()
    await database.drop()
  })
  expect(await checkLedger(ledger)).toEqual({ reachable: true, migrated: false })
  await migrateLedger(database.url)
  return { ledger, client, ids }
}

/** A value as it was sealed then, which nothing has changed since. */
async function sealValue(): Promise<{ sealed: Buffer; fingerprint: string }> {
  const database = await createTestDatabase()
  const ledger = openLedger({ url: database.url, masterKey })
  await putSecret(ledger, { name: 'KEY', app: 'shop', value: 'hunter2', by })
  const { rows } = await ledger.pool.query('select sealed, fingerprint from secrets')
  await ledger.close()
  await database.drop()
  return rows[0]
}

const { ledger, client, ids } = await openUpgraded()
const idOf = (name: string) => ids.get(name) ?? ''
const jobId = idOf('a build of a push to a branch')

test('the database is up to date', async () => {
  expect(await checkLedger(ledger)).toEqual({ reachable: true, migrated: true })
})

describe('what the first release wrote reads well:', () => {
  test.each(Object.entries(oldJobs))('%s', async (name, { kind, request, payload, environment = null, extra = {} }) => {
    const { result = null, next = [], control = {} } = extra
    const job = await getJob(ledger, idOf(name))
    expect(job).toMatchObject({ kind, environment, request, resolved: payload, result, next, control })
  })

  test('jobs in a list, their failures and attempts', async () => {
    expect(await listJobs(ledger, { app: 'shop', limit: 100 })).toHaveLength(ids.size)
    const failed = await getJob(ledger, idOf('a build of a fork'))
    expect(failed?.error).toEqual({ code: 'internal', message: 'of a code that is no longer known', retryAfterMs: 5 })
    expect(await listAttempts(ledger, jobId)).toMatchObject([
      { workerId: 'w1', outcome: 'waiting', failure: { code: 'build-failed', detail: 'for the operator' } },
    ])
  })

  test('a job that is retried', async () => {
    const old = await getJob(ledger, idOf('a build of a fork'))
    const retried = await retryJob(ledger, { jobId: idOf('a build of a fork'), by })
    expect(retried).toMatchObject({ request: old?.request, resolved: old?.resolved, state: 'queued' })
  })

  test('events', async () => {
    const events = await listEvents(ledger, { jobId, after: 0, limit: 100 })
    expect(events.map(({ type, data }) => ({ type, data }))).toEqual(
      oldEvents.map(({ type, data, read }) => ({ type, data: read ?? data })),
    )
  })

  test('steps', async () => {
    const steps = new Map((await listSteps(ledger, jobId)).map((step) => [step.name, step.result]))
    const schemas = new Map(Object.entries(stepResults))
    const read = oldSteps.map(({ name, keeps }) => {
      const schema = schemas.get(keeps)
      return schema && readStored('steps.result', shapeOf(schema), steps.get(name))
    })
    expect(read).toEqual(oldSteps.map((step) => ('read' in step ? step.read : step.result)))
  })

  test('environments and revisions, whose secrets nobody kept', async () => {
    expect(await getEnvironment(ledger, 'shop', 'staging')).toMatchObject({
      currentRevision: 2,
      warm: [{ revision: 1, until: new Date('2025-01-01') }],
      observed: { traffic: { 2: 100 } },
    })
    const revision = await getRevision(ledger, 'shop', 'staging', 2)
    expect(revision).toMatchObject({ settings: { port: 8081, replicas: 2, drain: '10s' }, target: null, secrets: [] })
    expect(await findChangedSecrets(ledger, { app: 'shop', environment: 'staging', secrets: [] })).toEqual([])
  })

  test('apps: what was added to a spec since has its default, and declaring that is no change', async () => {
    const today = appSpec.parse(spec)
    expect((await getApp(ledger, 'shop'))?.spec).toEqual(today)
    expect(await putApp(ledger, { spec: today, by })).toMatchObject({ changed: false })
  })

  test('images, secrets and the audit trail', async () => {
    expect(await listImages(ledger, { app: 'shop' })).toMatchObject([{ report }])
    expect(await listSecrets(ledger, {})).toMatchObject([{ name: 'KEY', app: 'shop', version: 1 }])
    expect(await readSecrets(ledger, { names: ['KEY'], app: 'shop' })).toEqual({ KEY: 'hunter2' })
    expect(await listAudit(ledger, { action: 'job.requested', limit: 1 })).toMatchObject([
      { jobId, detail: { kind: 'build', request: { app: 'shop' } } },
    ])
    expect(await verifyAudit(ledger)).toMatchObject({ ok: true })
  })
})

describe('what a newer version wrote is refused by column and key, and never quoted:', () => {
  const key = { newer: 's3cret' }
  const readJob = () => getJob(ledger, jobId)
  const readRevision = () => getRevision(ledger, 'shop', 'staging', 2)
  test.each([
    ['jobs', 'request', readJob],
    ['jobs', 'payload', readJob],
    ['jobs', 'result', readJob],
    ['jobs', 'control', readJob],
    ['revisions', 'settings', readRevision],
    ['images', 'report', () => listImages(ledger, { app: 'shop' })],
    ['app_specs', 'spec', () => getApp(ledger, 'shop')],
  ] as const)('%s.%s', async (table, column, read) => {
    await client.query(`update ${table} set ${column} = ${column} || $1`, [JSON.stringify(key)])
    const told = new RegExp(`^${table}\\.${column} was written by another version and cannot be read: .*newer`)
    await expect(read()).rejects.toThrow(told)
    await expect(read()).rejects.not.toThrow(/s3cret/)
    await client.query(`update ${table} set ${column} = ${column} - 'newer'`)
    expect(await read()).toBeDefined()
  })
})

test('an observation in a shape that nobody can read is none', async () => {
  await client.query(`update environments set observed = observed || '{"replicas": 5}'`)
  expect(await getEnvironment(ledger, 'shop', 'staging')).toMatchObject({ observed: null, currentRevision: 2 })
})

test('a fresh ledger is where an upgraded one is', async () => {
  const fresh = await openFixture()
  const columns = `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
    where table_schema = 'public' order by 1, 2`
  expect((await client.query(columns)).rows).toEqual(await fresh.sql(columns))
})

test('where registries were declared is where they may be from then on', async () => {
  expect(await listVouchedHosts(ledger)).toEqual(
    expect.arrayContaining(['registry.example.com:443', 'registry.example.com:80']),
  )
})
