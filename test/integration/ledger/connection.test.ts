import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import {
  appendLog,
  type Channel,
  checkLedger,
  claimJob,
  enqueueJob,
  findLostJobs,
  getJob,
  isLedgerAway,
  type Ledger,
  listAudit,
  listJobs,
  migrateLedger,
  openLedger,
  verifyAudit,
} from '@stevedore/ledger'
import { startPostgres, startTcpProxy } from '@stevedore/testkit'
import { expect, onTestFinished, test } from 'vitest'
import { by, declareApp, enqueue, newBuild, openFixture, startJob } from './fixture.ts'

const { ledger, sql, url } = await openFixture()

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
  expect(performance.now() - startedAt).toBeLessThan(8_000)
}

/** What a channel tells from now on. */
async function hear(from: Ledger, channel: Channel) {
  const heard: string[] = []
  let wake = () => {}
  const stop = await from.listen(channel, (payload) => {
    heard.push(payload)
    wake()
  })
  onTestFinished(stop)
  /** Waits until it has told this so many times. */
  async function hears(payload: string, times = 1): Promise<void> {
    while (heard.filter((one) => one === payload).length < times) await new Promise<void>((resolve) => (wake = resolve))
  }
  return { heard, hears, count: (payload: string) => heard.filter((one) => one === payload).length }
}

test('listeners hear of messages, events and output, at commit', async () => {
  const { app } = await declareApp(ledger)
  const outbox = await hear(ledger, 'stevedore_outbox')
  const jobs = await hear(ledger, 'stevedore_job')
  const before = outbox.count('')
  const job = await enqueue(ledger, newBuild(app))
  await outbox.hears('', before + 1)
  await jobs.hears(job.id)
  const { message } = await startJob(ledger, newBuild(app))
  await jobs.hears(message.jobId, 2)
  await appendLog(ledger, { ...message, text: 'line\n' })
  await jobs.hears(message.jobId, 3)
})

test('a listener whose connection is cut reconnects, is told, and hears again', async () => {
  const { app } = await declareApp(ledger)
  const jobs = await hear(ledger, 'stevedore_job')
  const before = jobs.count('')
  await sql(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'stevedore-listener' and datname = current_database()`)
  await jobs.hears('', before + 1)
  const job = await enqueue(ledger, newBuild(app))
  await jobs.hears(job.id)
})

test('a listener may come before its Postgres', async () => {
  const { postgres, ledger: own } = await openPrivate()
  await postgres.stopImmediately()
  const outbox = await hear(own, 'stevedore_outbox')
  expect(outbox.heard).toEqual([])
  await postgres.restart()
  await outbox.hears('')
})

for (const way of ['stopImmediately', 'kill'] as const)
  test(`with Postgres gone by ${way} calls fail as away, nothing is kept, and later ones work`, async () => {
    const { postgres, ledger: own } = await openPrivate()
    const { app } = await declareApp(own)
    const jobs = await hear(own, 'stevedore_job')
    const kept = await enqueue(own, newBuild(app))
    const many = Promise.allSettled(Array.from({ length: 30 }, () => enqueueJob(own, { job: newBuild(app), by })))
    await postgres[way]()
    const answers = await many
    for (const answer of answers) if (answer.status === 'rejected') expect(isLedgerAway(answer.reason)).toBe(true)
    await expectAway(enqueueJob(own, { job: newBuild(app), by }))
    await expectAway(getJob(own, kept.id))
    expect(await checkLedger(own)).toEqual({ reachable: false, migrated: false })
    const before = jobs.count('')
    await postgres.restart()
    await jobs.hears('', before + 1)
    expect(await getJob(own, kept.id)).toEqual(kept)
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

/** The file's database behind a proxy that does to the connection what networks do. */
async function openBehindProxy() {
  const direct = new URL(url)
  const proxy = await startTcpProxy({ host: direct.hostname, port: Number(direct.port) })
  direct.port = String(proxy.port)
  const own = openLedger({ url: direct.href })
  onTestFinished(async () => {
    proxy.heal()
    await own.close()
    await proxy.close()
  })
  return { proxy, ledger: own }
}

test('a network that swallows everything is away within seconds, also for connections that were open', async () => {
  const { proxy, ledger: own } = await openBehindProxy()
  const { app } = await declareApp(own)
  const jobs = await hear(own, 'stevedore_job')
  const before = jobs.count('')
  proxy.stall()
  await expectAway(enqueueJob(own, { job: newBuild(app), by }))
  proxy.heal()
  await jobs.hears('', before + 1)
  expect(await enqueueJob(own, { job: newBuild(app), by })).toMatchObject({ replayed: false })
})

test('whoever never hears that a request was kept asks again and gets the one job', async () => {
  const { proxy, ledger: own } = await openBehindProxy()
  const { app } = await declareApp(own)
  const request = { job: newBuild(app), by, idempotency: { key: crypto.randomUUID(), bodyHash: 'h' } }
  const committed = proxy.swallowAnswerTo('record-jobs')
  await expectAway(enqueueJob(own, request))
  await committed
  expect(await enqueueJob(ledger, request)).toMatchObject({ replayed: true })
  expect(await listJobs(ledger, { app, limit: 10 })).toHaveLength(1)
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true })
})

test('a worker that never hears of its claim does not get it twice', async () => {
  const { proxy, ledger: own } = await openBehindProxy()
  const { app } = await declareApp(own)
  const job = await enqueue(own, newBuild(app))
  const claim = { jobId: job.id, attempt: 1, workerId: 'w1', leaseMs: 1, by }
  const committed = proxy.swallowAnswerTo('COMMIT')
  await expectAway(claimJob(own, claim))
  await committed
  expect(await claimJob(ledger, claim)).toBeUndefined()
  expect((await findLostJobs(ledger, { limit: 100 })).map(({ id }) => id)).toContain(job.id)
})

test('a process that is stopped inside a transaction holds the others up for seconds only', async () => {
  const { app } = await declareApp(ledger)
  const stopped = openLedger({ url, statementTimeoutMs: 1_000 })
  onTestFinished(() => stopped.close())
  const client = await stopped.pool.connect()
  client.on('error', () => {})
  await client.query('BEGIN')
  await client.query(`insert into audit (actor, action, detail) values ('token:stopped', 'job.approve', '{}')`)
  await enqueueJob(ledger, { job: newBuild(app), by })
  expect(await listAudit(ledger, { actor: 'token:stopped', limit: 1 })).toEqual([])
  client.release(true)
})

test('a burst waits for its turn longer than a connection may take to open', async () => {
  const own = openLedger({ url, maxConnections: 1, statementTimeoutMs: 60_000, poolTimeoutMs: 60_000 })
  onTestFinished(() => own.close())
  const busy = own.pool.query('select pg_sleep(4)')
  const waiting = checkLedger(own)
  await busy
  expect(await waiting).toEqual({ reachable: true, migrated: true })
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

test('a migration that changes a type ends no plan for good that a connection had made before', async () => {
  const { postgres, ledger: own } = await openPrivate()
  const { app } = await declareApp(own)
  const ask = () => enqueueJob(own, { job: newBuild(app), by })
  for (let n = 0; n < 3; n++) await ask()
  const owner = openLedger({ url: postgres.url })
  onTestFinished(() => owner.close())
  await owner.pool.query('alter table jobs alter column progress type bigint')
  for (let n = 0; n < 3; n++) expect(await ask()).toMatchObject({ replayed: false })
  expect(await listJobs(own, { app, limit: 10 })).toHaveLength(6)
})
