import type { JobMessage } from '@stevedore/contract'
import {
  activateRevision,
  appendEvents,
  appendLog,
  beginStep,
  checkFence,
  clearControl,
  controlJob,
  createRevision,
  endStep,
  failRevision,
  getJob,
  type Job,
  type Ledger,
  listEvents,
  recordImage,
  recordProgress,
  recordPush,
  renewLease,
  StaleFenceError,
  transitionJob,
} from '@stevedore/ledger'
import { describe, expect, test } from 'vitest'
import {
  by,
  claim,
  declareApp,
  digest,
  imageOf,
  newDeploy,
  openFixture,
  rolledOut,
  startJob,
  worker,
} from './fixture.ts'
import { newImage } from './images.ts'

const { ledger, sql } = await openFixture()
const spec = await declareApp(ledger)
const { app } = spec
const place = { app, environment: 'staging' }
const revision = {
  ...place,
  image: imageOf(app),
  version: '1.0.0',
  settings: spec.environments.staging as NonNullable<(typeof spec.environments)[string]>,
  specVersion: 1,
  strategy: 'rolling',
  cause: 'deploy',
  by: worker,
}

const writes: Record<string, (l: Ledger, m: JobMessage) => Promise<unknown>> = {
  checkFence: (l, m) => checkFence(l, m),
  beginStep: (l, m) => beginStep(l, { ...m, name: 'late', position: 9 }),
  endStep: (l, m) => endStep(l, { ...m, name: 'build', state: 'succeeded' }),
  recordProgress: (l, m) => recordProgress(l, { ...m, percent: 99 }),
  appendEvents: (l, m) =>
    appendEvents(l, { ...m, events: [{ type: 'replica.healthy', data: { replica: 'r1', revision: 1 } }] }),
  appendLog: (l, m) => appendLog(l, { ...m, text: 'late\n' }),
  recordImage: (l, m) => recordImage(l, { ...m, image: newImage(app, '9.9.9'), by: worker }),
  recordPush: (l, m) => recordPush(l, { ...m, app, version: '9.9.9', target: 'production', digest, by: worker }),
  createRevision: (l, m) => createRevision(l, { ...m, ...revision }),
  activateRevision: (l, m) => activateRevision(l, { ...m, ...place, number: 1, pin: false, unpin: false, by: worker }),
  failRevision: (l, m) => failRevision(l, { ...m, ...place, number: 1, by: worker }),
}

/** Everything in the database but tables that no fenced write concerns. */
async function snapshot(): Promise<unknown> {
  const tables = ['jobs', 'steps', 'events', 'log_chunks', 'images', 'revisions', 'environments', 'audit', 'outbox']
  const dumps: unknown[] = []
  for (const table of tables)
    dumps.push(await sql(`select coalesce(jsonb_agg(t order by t::text), '[]') as rows from ${table} t`))
  return dumps
}

const stale: Record<string, () => Promise<JobMessage>> = {
  'a lost attempt': async () => {
    const { job, message } = await startJob(ledger, newDeploy(app))
    await beginStep(ledger, { ...message, name: 'build', position: 1 })
    await claim(ledger, (await loseWorker(job)) as Job)
    return message
  },
  'a lease that ran out': async () => {
    const { job, message } = await startJob(ledger, newDeploy(app))
    await beginStep(ledger, { ...message, name: 'build', position: 1 })
    await sql("update jobs set lease_until = now() - interval '1 ms' where id = $1", [job.id])
    return message
  },
  'an ended job': async () => {
    const { job, message } = await startJob(ledger, newDeploy(app))
    await transitionJob(ledger, {
      jobId: job.id,
      from: job,
      transition: { to: 'succeeded', result: rolledOut },
      by: worker,
    })
    return message
  },
}

function loseWorker(job: Job) {
  return transitionJob(ledger, {
    jobId: job.id,
    from: job,
    transition: { to: 'queued', reason: 'worker-lost', counts: 'loss' },
    by: worker,
  })
}

for (const [name, prepare] of Object.entries(stale))
  describe(name, async () => {
    for (const [operation, write] of Object.entries(writes))
      test(`row 34: ${operation} is refused and leaves nothing`, async () => {
        const message = await prepare()
        const before = await snapshot()
        await expect(write(ledger, message)).rejects.toBeInstanceOf(StaleFenceError)
        expect(await snapshot()).toEqual(before)
        await endAll()
      })

    test('its lease is not renewed', async () => {
      const message = await prepare()
      expect(await renewLease(ledger, { ...message, workerId: 'w1', leaseMs: 60_000 })).toBeUndefined()
      await endAll()
    })
  })

/** Frees the environment for the next test. */
async function endAll(): Promise<void> {
  await sql("update jobs set state = 'failed' where app = $1", [app])
  await sql('update environments set active_job_id = null where app = $1', [app])
}

test('a lease is renewed by its own worker alone, and brings what people asked', async () => {
  const { job, message } = await startJob(ledger, newDeploy(app), 5_000)
  expect(await renewLease(ledger, { ...message, workerId: 'w2', leaseMs: 60_000 })).toBeUndefined()
  await controlJob(ledger, { jobId: job.id, verb: 'pause', by })
  expect(await renewLease(ledger, { ...message, workerId: 'w1', leaseMs: 60_000 })).toEqual({
    control: { pause: true },
  })
  const renewed = await getJob(ledger, job.id)
  expect(renewed?.leaseUntil?.getTime()).toBeGreaterThan((job.leaseUntil?.getTime() ?? 0) + 30_000)
  await clearControl(ledger, { ...message, keys: ['pause'] })
  expect(await getJob(ledger, job.id)).toMatchObject({ control: {} })
  await endAll()
})

test('parallel writers leave no gap in a job’s events', async () => {
  const { message } = await startJob(ledger, newDeploy(app))
  const events = [1, 2, 3].map((n) => ({ type: 'traffic.shifted', data: { weights: { [n]: 100 } } }) as const)
  await Promise.all(Array.from({ length: 30 }, () => appendEvents(ledger, { ...message, events })))
  const listed = await listEvents(ledger, { jobId: message.jobId, after: 0, limit: 1_000 })
  expect(listed.map(({ seq }) => seq)).toEqual(Array.from({ length: 92 }, (_, n) => n + 1))
  await endAll()
})
