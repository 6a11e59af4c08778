import { controlJob, getEnvironment, type Job, listAudit } from '@stevedore/ledger'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readWorld } from './deploy-engine.ts'
import { assertInvariants } from './invariants.ts'
import { by, enqueueDeploy, enqueueRemoval } from './jobs.ts'
import { deployFirst } from './rollouts.ts'
import type { Point } from './script.ts'
import { listEffects } from './service.ts'
import { leaseMs, openStage, type Stage } from './stage.ts'

const points = ['route', 'routed', 'scale-down', 'scaled-down'] as const
/** How fast it is, the bench measures: here a busy machine has its time. */
const takeOverMs = leaseMs + 60_000
let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await stage.startWorker({ WORKER_CONCURRENCY: String(points.length) })
})
afterAll(() => stage?.close())

/** A removal whose first attempt stays at the point. */
async function standAt(app: string, point: Point): Promise<Job> {
  const { ledger, script } = stage
  const job = await enqueueRemoval(ledger, app)
  script.hold(point, 'heedful', { jobId: job.id, attempt: 1 })
  await controlJob(ledger, { jobId: job.id, verb: 'approve', by })
  await stage.deed({ what: 'reached', point, jobId: job.id })
  return job
}

const countRemovals = async (app: string) =>
  (await listAudit(stage.ledger, { app, limit: 1_000 })).filter(({ action }) => action === 'environment.removed').length

test('kill -9 at each point of a removal: another ends it, has each effect once and records it once', async () => {
  const { ledger, script } = stage
  const apps = await Promise.all(points.map(() => deployFirst(stage)))
  const jobs = await Promise.all(points.map((point, index) => standAt(apps[index] as string, point)))
  const reached = jobs.map(({ id }, index) => stage.deed({ what: 'reached', point: points[index], jobId: id }))
  const holders = new Set((await Promise.all(reached)).map(({ pid }) => pid))
  await stage.startWorker()
  for (const pid of holders) process.kill(pid, 'SIGKILL')
  for (const { id, app } of jobs) {
    expect(await stage.end(id, takeOverMs)).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 })
    expect(listEffects(script, id)).toEqual(['', 'r1 x0'])
    expect(readWorld(script.deeds(), app)).toEqual({ replicas: {}, traffic: {} })
    expect(await getEnvironment(ledger, app, 'staging')).toMatchObject({ currentRevision: null, activeJobId: null })
    expect(await countRemovals(app)).toBe(1)
  }
  await assertInvariants(ledger)
})

test('a removal that is cancelled halfway leaves the environment to the next deploy', async () => {
  const { ledger, script } = stage
  const app = await deployFirst(stage)
  const { id } = await standAt(app, 'scale-down')
  await controlJob(ledger, { jobId: id, verb: 'cancel', by })
  const traffic = 'Traffic: nothing is served.'
  expect(await stage.end(id)).toMatchObject({ state: 'cancelled', result: { traffic } })
  expect(await getEnvironment(ledger, app, 'staging')).toMatchObject({ currentRevision: 1, activeJobId: null })
  const next = await enqueueDeploy(ledger, app, '2.0.0')
  expect(await stage.end(next.id)).toMatchObject({ state: 'succeeded' })
  expect(readWorld(script.deeds(), app)).toEqual({ replicas: { 2: 2 }, traffic: { 2: 100 } })
  await assertInvariants(ledger)
})

test('a cancel that comes after all was taken down does not leave it on record as running', async () => {
  const { ledger, script } = stage
  const app = await deployFirst(stage)
  const { id } = await standAt(app, 'scaled-down')
  // Nobody can record the end of it for as long as the environment's row is locked.
  const client = new Client({ connectionString: stage.databaseUrl })
  await client.connect()
  await client.query('begin')
  await client.query('select from environments where app = $1 for update', [app])
  script.lift('scaled-down', { jobId: id, attempt: 1 })
  await stage.step(id, { name: 'remove', state: 'succeeded' })
  process.kill((await stage.deed({ what: 'reached', point: 'scaled-down', jobId: id })).pid, 'SIGKILL')
  await client.end()
  await controlJob(ledger, { jobId: id, verb: 'cancel', by })
  await stage.startWorker()
  expect(await stage.end(id, takeOverMs)).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1 })
  expect(listEffects(script, id)).toEqual(['', 'r1 x0'])
  expect(await getEnvironment(ledger, app, 'staging')).toMatchObject({ currentRevision: null, activeJobId: null })
  expect(await countRemovals(app)).toBe(1)
  await assertInvariants(ledger)
})
