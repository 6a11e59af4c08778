import { getEnvironment, type Job, listRevisions } from '@stevedore/ledger'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { enqueueDeploy, enqueueRollback } from './jobs.ts'
import { deployFirst, standAt } from './rollouts.ts'
import type { Point } from './script.ts'
import { assertRuns, listEffects } from './service.ts'
import { leaseMs, openStage, type Stage } from './stage.ts'

const points = [
  'scale-up',
  'scaled-up',
  'route',
  'routed',
  'scale-down',
  'scaled-down',
  'finalize',
  'finalized',
] as const
const env = { WORKER_CONCURRENCY: String(points.length) }
/** How fast it is, the bench measures: here a busy machine has its time. */
const takeOverMs = leaseMs + 60_000
const takenOver = { state: 'succeeded', attempt: 2, losses: 1, failures: 0 }
let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await stage.startWorker(env)
})
afterAll(() => stage?.close())

const holderOf = async (jobId: string, point: Point) => (await stage.deed({ what: 'reached', point, jobId })).pid

/** Kills who has the jobs, and waits until two others, whose dispatchers and rescuers race, have brought them to their end. */
async function takeOver(jobs: Job[], stands: readonly Point[]): Promise<Job[]> {
  const holders = await Promise.all(jobs.map(({ id }, index) => holderOf(id, stands[index] as Point)))
  await Promise.all([stage.startWorker(env), stage.startWorker(env)])
  for (const pid of new Set(holders)) process.kill(pid, 'SIGKILL')
  return Promise.all(jobs.map(({ id }) => stage.end(id, takeOverMs)))
}

test('kill -9 at each point of a rolling deploy: another goes on from there, and has each effect once', async () => {
  const { ledger, script } = stage
  const apps = await Promise.all(points.map(() => deployFirst(stage)))
  const jobs = await Promise.all(points.map((point, index) => standAt(stage, apps[index] as string, point)))
  for (const { id, app, ...end } of await takeOver(jobs, points)) {
    expect(end).toMatchObject(takenOver)
    expect(listEffects(script, id)).toEqual(['r2 x1', 'r1 50% r2 50%', 'r1 x1', 'r2 x2', 'r2 100%', 'r1 x0'])
    assertRuns(script, app, 2, { 2: 2 })
    expect(await getEnvironment(ledger, app, 'staging')).toMatchObject({ currentRevision: 2, activeJobId: null })
  }
  await assertInvariants(ledger)
})

test('kill -9 of a rollback: it ends at the revision that it was to return to', async () => {
  const { ledger, script } = stage
  const stands = ['scale-up', 'routed', 'scale-down'] as const
  const returnFrom = async (point: Point) => {
    const app = await deployFirst(stage, { strategy: { type: 'blue-green', scaleDownDelay: '0s' } })
    expect(await stage.end((await enqueueDeploy(ledger, app, '2.0.0')).id)).toMatchObject({ state: 'succeeded' })
    return standAt(stage, app, point, { enqueue: () => enqueueRollback(ledger, app, 1) })
  }
  for (const { id, app, ...end } of await takeOver(await Promise.all(stands.map(returnFrom)), stands)) {
    expect(end).toMatchObject(takenOver)
    expect(listEffects(script, id)).toEqual(['r1 x2', 'r1 100%', 'r2 x0'])
    assertRuns(script, app, 1, { 1: 2 })
    expect(await getEnvironment(ledger, app, 'staging')).toMatchObject({ currentRevision: 1, pinnedBy: 'token:ada' })
    expect(await listRevisions(ledger, { app, environment: 'staging' })).toMatchObject([
      { number: 2, state: 'retired' },
      { number: 1, state: 'active' },
    ])
  }
  await assertInvariants(ledger)
})

test('a worker that was stopped in mid-rollout for longer than its lease changes nothing any more', async () => {
  const { ledger, script } = stage
  const app = await deployFirst(stage)
  const { id } = await standAt(stage, app, 'route', { how: 'heedless' })
  const zombie = await holderOf(id, 'route')
  script.hold('finalize', 'heedful', { jobId: id, attempt: 2 })
  process.kill(zombie, 'SIGSTOP')
  await stage.startWorker(env)
  // The heir is still at work: a door that opened now would let two in at once.
  expect((await stage.deed({ what: 'reached', point: 'finalize', jobId: id, attempt: 2 })).pid).not.toBe(zombie)
  script.lift('route', { jobId: id, attempt: 1 })
  process.kill(zombie, 'SIGCONT')
  await stage.deed({ what: 'refused', point: 'route', jobId: id, pid: zombie })
  script.lift('finalize', { jobId: id, attempt: 2 })
  expect(await stage.end(id)).toMatchObject(takenOver)
  assertRuns(script, app, 2, { 2: 2 })
  await assertInvariants(ledger)
})
