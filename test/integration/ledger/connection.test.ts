import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import {
  appendLog,
  checkLedger,
  enqueueJob,
  getJob,
  isLedgerAway,
  type Ledger,
  migrateLedger,
  openLedger,
  verifyAudit,
} from '@stevedore/ledger'
import { startPostgres } from '@stevedore/testkit'
import { expect, onTestFinished, test, vi } from 'vitest'
import { by, declareApp, enqueue, newBuild, openFixture, startJob } from './fixture.ts'

const { ledger, sql } = await openFixture()

/** A Postgres of the test's own with a migrated ledger. */
async function openPrivate() {
  const postgres = await startPostgres()
  await migrateLedger(postgres.url)
  const own = openLedger({ url: postgres.url })
  onTestFinished(async () => {
    await own.close()
    await postgres.stop()
  })
  return { postgres, ledger: own }
}

async function expectAway(work: Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  )
  expect(isLedgerAway(error), String(error)).toBe(true)
  expect(performance.now() - startedAt).toBeLessThan(4_000)
}

const poll = { timeout: 10_000, interval: 50 }

test('listeners hear of messages, events and output, at commit', async () => {
  const { app } = await declareApp(ledger)
  const heard: string[] = []
  const stop = [
    await ledger.listen('stevedore_outbox', () => heard.push('outbox')),
    await ledger.listen('stevedore_job', (jobId) => heard.push(jobId)),
  ]
  const job = await enqueue(ledger, newBuild(app))
  await vi.waitFor(() => expect(heard).toEqual(expect.arrayContaining(['outbox', job.id])), poll)
  const { message } = await startJob(ledger, newBuild(app))
  await vi.waitFor(() => expect(heard.filter((id) => id === message.jobId).length).toBeGreaterThan(1), poll)
  const before = heard.length
  await appendLog(ledger, { ...message, text: 'line\n' })
  await vi.waitFor(() => expect(heard.slice(before)).toContain(message.jobId), poll)
  for (const end of stop) end()
})

test('a listener whose connection is cut reconnects, is told, and hears again', async () => {
  const { app } = await declareApp(ledger)
  const heard: string[] = []
  const stop = await ledger.listen('stevedore_job', (jobId) => heard.push(jobId))
  const before = heard.length
  await sql(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'stevedore-listener' and datname = current_database()`)
  await vi.waitFor(() => expect(heard.slice(before)).toContain(''), poll)
  const job = await enqueue(ledger, newBuild(app))
  await vi.waitFor(() => expect(heard).toContain(job.id), poll)
  stop()
})

test('a listener may come before its Postgres', async () => {
  const { postgres, ledger: own } = await openPrivate()
  await postgres.stopImmediately()
  let told = 0
  await own.listen('stevedore_outbox', () => told++)
  expect(told).toBe(0)
  await postgres.restart()
  await vi.waitFor(() => expect(told).toBeGreaterThan(0), poll)
})

for (const way of ['stopImmediately', 'kill'] as const)
  test(`with Postgres gone by ${way} calls fail as away, nothing is kept, and later ones work`, async () => {
    const { postgres, ledger: own } = await openPrivate()
    const { app } = await declareApp(own)
    const kept = await enqueue(own, newBuild(app))
    const many = Promise.allSettled(Array.from({ length: 30 }, () => enqueueJob(own, { job: newBuild(app), by })))
    await postgres[way]()
    const answers = await many
    for (const answer of answers) if (answer.status === 'rejected') expect(isLedgerAway(answer.reason)).toBe(true)
    await expectAway(enqueueJob(own, { job: newBuild(app), by }))
    await expectAway(getJob(own, kept.id))
    expect(await checkLedger(own)).toEqual({ reachable: false, migrated: false })
    await postgres.restart()
    await vi.waitFor(async () => expect(await getJob(own, kept.id)).toEqual(kept), poll)
    for (const answer of answers)
      if (answer.status === 'fulfilled') expect(await getJob(own, answer.value.job.id)).toBeDefined()
    expect(await verifyAudit(own)).toMatchObject({ ok: true })
  })

test('a server that accepts and never answers is away within seconds', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const own: Ledger = openLedger({ url: `postgres://nobody@127.0.0.1:${port}/nothing` })
  onTestFinished(async () => {
    await own.close()
    silent.close()
  })
  await expectAway(getJob(own, crypto.randomUUID()))
})

test('an error of a rule is not the ledger being away', async () => {
  const refused = await enqueueJob(ledger, { job: newBuild('nobody'), by }).catch((error: unknown) => error)
  expect(isLedgerAway(refused)).toBe(false)
  const broken = await getJob(ledger, 'not a uuid').catch((error: unknown) => error)
  expect(isLedgerAway(broken)).toBe(false)
  expect(String(broken)).not.toContain('Failed query')
})

test('ten migrations at once take turns, and a fresh database is not migrated', async () => {
  const postgres = await startPostgres()
  const own = openLedger({ url: postgres.url })
  onTestFinished(async () => {
    await own.close()
    await postgres.stop()
  })
  expect(await checkLedger(own)).toEqual({ reachable: true, migrated: false })
  await Promise.all(Array.from({ length: 10 }, () => migrateLedger(postgres.url)))
  expect(await checkLedger(own)).toEqual({ reachable: true, migrated: true })
})
