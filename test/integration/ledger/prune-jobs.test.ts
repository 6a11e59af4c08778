import {
  activateRevision,
  appendLog,
  createRevision,
  getJob,
  type Job,
  listAudit,
  listEvents,
  pruneJobs,
  readLog,
  retryJob,
  transitionJob,
  verifyAudit,
} from '@stevedore/ledger'
import { beforeEach, expect, test } from 'vitest'
import {
  built,
  by,
  declareApp,
  imageOf,
  newBuild,
  newDeploy,
  openFixture,
  rolledOut,
  startJob,
  worker,
} from './fixture.ts'

const { ledger, sql } = await openFixture()
const day = 86_400_000
let spec: Awaited<ReturnType<typeof declareApp>>
beforeEach(async () => {
  spec = await declareApp(ledger)
})

const prune = (limit?: number) => pruneJobs(ledger, { app: spec.app, keepMs: 30 * day, ...(limit && { limit }) })
const age = ({ id }: Job) => sql("update jobs set finished_at = finished_at - interval '31 days' where id = $1", [id])
const isThere = async ({ id }: Job) => (await getJob(ledger, id)) !== undefined

async function runBuild(to: 'succeeded' | 'failed' = 'succeeded'): Promise<Job> {
  const { job, message } = await startJob(ledger, newBuild(spec.app))
  await appendLog(ledger, { ...message, text: 'a line\n', limitBytes: 1_000, from: 0 })
  const failure = { code: 'internal', message: 'no' } as const
  const transition = to === 'succeeded' ? ({ to, result: built } as const) : ({ to, failure } as const)
  return (await transitionJob(ledger, { jobId: job.id, from: job, transition, by: worker })) as Job
}

async function runDeploy(): Promise<Job> {
  const { job, message } = await startJob(ledger, newDeploy(spec.app))
  const made = { ...message, app: spec.app, environment: 'staging', by: worker }
  const release = { image: imageOf(spec.app), version: '1.0.0', settings: spec.environments.staging!, specVersion: 1 }
  const { number } = await createRevision(ledger, { ...made, ...release, strategy: 'rolling', cause: 'deploy' })
  await activateRevision(ledger, { ...made, number, pin: false, unpin: false, warm: undefined })
  const transition = { to: 'succeeded', result: rolledOut } as const
  return (await transitionJob(ledger, { jobId: job.id, from: job, transition, by: worker })) as Job
}

test('a job that ended long ago goes with its events and output; its trail stays', async () => {
  const [old, young] = [await runBuild(), await runBuild('failed')]
  await age(old)
  const entries = (await listAudit(ledger, { app: spec.app, limit: 100 })).length
  expect(await prune()).toBe(1)
  expect([await isThere(old), await isThere(young)]).toEqual([false, true])
  expect(await listEvents(ledger, { jobId: old.id, after: 0, limit: 10 })).toEqual([])
  expect(await sql('select from log_chunks where job_id = $1', [old.id])).toEqual([])
  expect((await readLog(ledger, { jobId: young.id, offset: 0, limitBytes: 100 })).text).toBe('a line\n')
  expect(await listAudit(ledger, { app: spec.app, limit: 100 })).toHaveLength(entries)
  expect(await verifyAudit(ledger)).toMatchObject({ ok: true })
})

test('what a kept revision was made by stays, and what an unfinished job goes on from', async () => {
  const [deployed, failed] = [await runDeploy(), await runBuild('failed')]
  for (const job of [deployed, failed]) await age(job)
  const again = await retryJob(ledger, { jobId: failed.id, by })
  expect(await prune()).toBe(0)
  await sql("update jobs set state = 'cancelled', finished_at = now() where id = $1", [again.id])
  expect(await prune()).toBe(1)
  expect([await isThere(deployed), await isThere(failed), await isThere(again)]).toEqual([true, false, true])
})

test('neither what is under way goes, nor what another app has, and many go in several turns', async () => {
  const { job: running } = await startJob(ledger, newBuild(spec.app))
  await sql("update jobs set created_at = created_at - interval '40 days' where id = $1", [running.id])
  for (let n = 0; n < 3; n++) await age(await runBuild())
  const own = spec
  spec = await declareApp(ledger)
  const others = await runBuild()
  await age(others)
  spec = own
  expect([await prune(2), await prune(2), await prune(2)]).toEqual([2, 1, 0])
  expect([await isThere(running), await isThere(others)]).toEqual([true, true])
})
