import {
  controlJob,
  findDueJobs,
  findLostJobs,
  type OutboxRow,
  pruneLedger,
  readOutboxAge,
  relayOutbox,
  resendUnclaimed,
  transitionJob,
} from '@stevedore/ledger'
import { beforeEach, expect, test } from 'vitest'
import { by, claim, declareApp, enqueue, newBuild, openFixture, startJob, worker } from './fixture.ts'

const { ledger, sql, openAnother } = await openFixture()
const { app } = await declareApp(ledger)
beforeEach(async () => {
  await sql('truncate outbox')
})

async function relay(l = ledger, limit = 100): Promise<OutboxRow[]> {
  const rows: OutboxRow[] = []
  await relayOutbox(l, { limit, publish: async (batch) => void rows.push(...batch) })
  return rows
}

test('a message is handed over once, with what is left of its delay', async () => {
  const job = await enqueue(ledger, newBuild(app, { priority: 2 }))
  expect(await relay()).toMatchObject([
    { jobId: job.id, attempt: 1, kind: 'build', delayMs: 0, priority: 2, isRepeat: false },
  ])
  expect(await relay()).toEqual([])
  const running = await claim(ledger, job)
  const delayed = { to: 'queued', reason: 'worker-lost', counts: 'loss', delayMs: 60_000 } as const
  await transitionJob(ledger, { jobId: job.id, from: running, transition: delayed, by: worker })
  const [row] = await relay()
  expect(row).toMatchObject({ jobId: job.id, attempt: 2 })
  expect(row?.isRepeat).toBe(false)
  expect(row?.delayMs).toBeGreaterThan(50_000)
  expect(row?.delayMs).toBeLessThanOrEqual(60_000)
})

test('what could not be published stays', async () => {
  const job = await enqueue(ledger, newBuild(app))
  const refuse = async () => Promise.reject(new Error('the queue is away'))
  await expect(relayOutbox(ledger, { limit: 10, publish: refuse })).rejects.toThrow('the queue is away')
  expect((await relay()).map(({ jobId }) => jobId)).toEqual([job.id])
})

test('two relays share the messages and double none', async () => {
  const made = []
  for (let n = 0; n < 60; n++) made.push((await enqueue(ledger, newBuild(app))).id)
  const relays = [ledger, openAnother()].map(async (l) => {
    const taken: OutboxRow[] = []
    for (;;) {
      const rows = await relay(l, 7)
      if (rows.length === 0) return taken
      taken.push(...rows)
    }
  })
  const taken = (await Promise.all(relays)).flat().map(({ jobId }) => jobId)
  expect(taken.sort()).toEqual(made.sort())
})

test('while one relay publishes, the other passes its rows by', async () => {
  await enqueue(ledger, newBuild(app))
  let publishing = () => {}
  let finish = () => {}
  const started = new Promise<void>((resolve) => {
    publishing = resolve
  })
  const slow = relayOutbox(ledger, {
    limit: 10,
    publish: () =>
      new Promise((resolve) => {
        finish = resolve
        publishing()
      }),
  })
  await started
  expect(await relay(openAnother())).toEqual([])
  finish()
  expect(await slow).toMatchObject({ published: 1 })
})

test('a job that is cancelled before its message left is never announced', async () => {
  const job = await enqueue(ledger, newBuild(app))
  await controlJob(ledger, { jobId: job.id, verb: 'cancel', by })
  expect(await relay()).toEqual([])
})

test('a message that nobody claimed is sent again, and one that was claimed is not', async () => {
  const lost = await enqueue(ledger, newBuild(app))
  const taken = await enqueue(ledger, newBuild(app))
  await relay()
  await claim(ledger, taken)
  expect(await resendUnclaimed(ledger, { afterMs: 10_000, limit: 10 })).toBe(0)
  await sql("update outbox set published_at = now() - interval '11 seconds', due_at = now() - interval '11 seconds'")
  expect(await resendUnclaimed(ledger, { afterMs: 10_000, limit: 10 })).toBe(1)
  expect((await relay()).map(({ jobId, isRepeat }) => [jobId, isRepeat])).toEqual([[lost.id, true]])
  await sql("update outbox set published_at = now() - interval '11 seconds', due_at = now() + interval '1 hour'")
  expect(await resendUnclaimed(ledger, { afterMs: 10_000, limit: 10 })).toBe(0)
})

test('the age of the oldest message is told, whether or not it can be published', async () => {
  await enqueue(ledger, newBuild(app))
  await sql("update outbox set ready_at = now() - interval '5 seconds'")
  const relay = (publish: () => Promise<void>) => relayOutbox(ledger, { limit: 10, publish })
  await expect(relay(() => Promise.reject(new Error('the transport is away')))).rejects.toThrow('away')
  expect(await readOutboxAge(ledger)).toBeGreaterThanOrEqual(5_000)
  expect(await relay(async () => {})).toEqual({ published: 1 })
  expect(await readOutboxAge(ledger)).toBe(0)
})

test('timers: due jobs are found', async () => {
  const { job } = await startJob(ledger, newBuild(app))
  const wait = { to: 'waiting', waitingFor: 'retry', delayMs: 60_000 } as const
  await transitionJob(ledger, { jobId: job.id, from: job, transition: wait, by: worker })
  expect(await findDueJobs(ledger, { limit: 10 })).toEqual([])
  await sql("update jobs set due_at = now() - interval '1 second' where id = $1", [job.id])
  expect((await findDueJobs(ledger, { limit: 10 })).map(({ id }) => id)).toEqual([job.id])
})

test('a job whose lease ran out is lost', async () => {
  const { job } = await startJob(ledger, newBuild(app))
  const find = async () => (await findLostJobs(ledger, { limit: 100 })).map(({ id }) => id)
  expect(await find()).not.toContain(job.id)
  await sql("update jobs set lease_until = now() - interval '1 second' where id = $1", [job.id])
  expect(await find()).toContain(job.id)
})

test('pruning removes messages of the past and keeps those of the present', async () => {
  const present = await enqueue(ledger, newBuild(app))
  await startJob(ledger, newBuild(app))
  await sql("update outbox set ready_at = now() - interval '2 hours'")
  expect(await pruneLedger(ledger, { limit: 100 })).toMatchObject({ outbox: 1 })
  expect(await sql('select job_id from outbox')).toEqual([{ job_id: present.id }])
})
