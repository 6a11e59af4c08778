import { randomUUID } from 'node:crypto'
import { enqueueJob, getJob, listAudit, listEvents, listJobs, retireApp } from '@stevedore/ledger'
import { expect, test } from 'vitest'
import { by, claim, declareApp, enqueue, newBuild, openFixture, startJob } from './fixture.ts'

const { ledger, sql, openAnother } = await openFixture()

test('a request leaves its job, first event, message and one audit entry', async () => {
  const { app } = await declareApp(ledger)
  const { job, replayed } = await enqueueJob(ledger, { job: newBuild(app, { priority: 5 }), by })
  expect(replayed).toBe(false)
  expect(job).toMatchObject({ app, kind: 'build', state: 'queued', attempt: 1, requestedBy: 'token:ada', failures: 0 })
  expect(await getJob(ledger, job.id)).toEqual(job)
  expect(await listEvents(ledger, { jobId: job.id, after: 0, limit: 10 })).toMatchObject([
    { seq: 1, type: 'job.queued', data: { attempt: 1 } },
  ])
  expect(await sql('select attempt, kind, priority, published_at from outbox where job_id = $1', [job.id])).toEqual([
    { attempt: 1, kind: 'build', priority: 5, published_at: null },
  ])
  const entries = await listAudit(ledger, { app, action: 'job.requested', limit: 10 })
  expect(entries).toMatchObject([{ jobId: job.id, actor: 'token:ada', detail: { state: 'queued', kind: 'build' } }])
})

test('50 parallel calls with one key make one job', async () => {
  const { app } = await declareApp(ledger)
  const idempotency = { key: randomUUID(), bodyHash: 'h1' }
  const ledgers = [ledger, openAnother(), openAnother()]
  const calls = Array.from({ length: 50 }, (_, n) =>
    enqueueJob(ledgers[n % ledgers.length] ?? ledger, { job: newBuild(app), by, idempotency }),
  )
  const answers = await Promise.all(calls)
  expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1)
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(await listJobs(ledger, { app, limit: 100 })).toHaveLength(1)
})

test('a key belongs to one body, to one caller and to one day', async () => {
  const { app } = await declareApp(ledger)
  const key = randomUUID()
  const ask = (bodyHash: string, actor = by.actor) =>
    enqueueJob(ledger, { job: newBuild(app), by: { ...by, actor }, idempotency: { key, bodyHash } })
  const first = await ask('h1')
  await expect(ask('h2')).rejects.toMatchObject({ code: 'idempotency-key-reused' })
  expect((await ask('h1', 'token:bob')).job.id).not.toBe(first.job.id)
  expect(await listJobs(ledger, { app, limit: 100 })).toHaveLength(2)
  await sql("update idempotency_keys set created_at = now() - interval '25 hours' where key = $1", [key])
  expect(await ask('h2')).toMatchObject({ replayed: false })
})

test('a refused request leaves nothing, not even its key', async () => {
  const idempotency = { key: randomUUID(), bodyHash: 'h1' }
  const before = await sql('select count(*) from audit')
  const refused = enqueueJob(ledger, { job: newBuild('nobody'), by, idempotency })
  await expect(refused).rejects.toMatchObject({ code: 'not-found' })
  expect(await sql('select 1 from idempotency_keys where key = $1', [idempotency.key])).toEqual([])
  expect(await sql('select count(*) from audit')).toEqual(before)
})

test('a retired app takes no jobs, and an app with unfinished jobs is not retired', async () => {
  const { app } = await declareApp(ledger)
  const { job } = await enqueueJob(ledger, { job: newBuild(app), by })
  await expect(retireApp(ledger, { app, by })).rejects.toMatchObject({ code: 'in-use' })
  await sql("update jobs set state = 'failed' where id = $1", [job.id])
  await retireApp(ledger, { app, by })
  await expect(enqueueJob(ledger, { job: newBuild(app), by })).rejects.toMatchObject({ code: 'not-found' })
})

test('lists are newest first, filtered, paged and within the caller’s scope', async () => {
  const { app } = await declareApp(ledger)
  const other = await declareApp(ledger)
  const made = []
  for (let n = 0; n < 5; n++) made.push(await enqueue(ledger, newBuild(app)))
  await enqueue(ledger, newBuild(other.app))
  const ids = made.map(({ id }) => id).reverse()
  const list = async (o: object) => (await listJobs(ledger, { limit: 100, ...o })).map(({ id }) => id)
  expect(await list({ app })).toEqual(ids)
  expect(await list({ scope: { app, environment: null } })).toEqual(ids)
  expect(await list({ app, limit: 2 })).toEqual(ids.slice(0, 2))
  expect(await list({ app, before: made[3]?.seq })).toEqual(ids.slice(2))
  await claim(ledger, made[2] as (typeof made)[0])
  expect(await list({ app, state: ['running'] })).toEqual([made[2]?.id])
  expect(await list({ app, kind: 'deploy' })).toEqual([])
  expect(await list({ app, scope: { app: other.app, environment: null } })).toEqual([])
})

test('text that Postgres cannot store is kept with a replacement', async () => {
  const { app } = await declareApp(ledger)
  const { job } = await startJob(ledger, newBuild(app, { request: { kind: 'build', app, ref: 'a\0b\ud800c \\u0000' } }))
  expect(job.request).toEqual({ kind: 'build', app, ref: 'a\ufffdb\ufffdc \\u0000' })
})
