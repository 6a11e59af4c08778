import { controlJob, getEnvironment, listEvents } from '@stevedore/ledger'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { by } from './jobs.ts'
import { deployFirst, standAt } from './rollouts.ts'
import { assertHeldByOne, listEffects } from './service.ts'
import { leaseMs, openStage, type Stage } from './stage.ts'

const points = ['scale-down', 'scaled-down', 'scale-up', 'scaled-up', 'route', 'routed', 'finalize'] as const
const env = { WORKER_CONCURRENCY: String(points.length) }
const takeOverMs = leaseMs + 60_000
const own = { replicas: 1, volumes: { data: { path: '/data' } } }
let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await stage.startWorker(env)
})
afterAll(() => stage?.close())

async function readDowntimes(jobId: string): Promise<number[]> {
  const events = await listEvents(stage.ledger, { jobId, after: 0, limit: 1_000 })
  return events.flatMap((event) => (event.type === 'rollout.interrupted' ? [event.data.downMs] : []))
}

test('kill -9 at each point of a recreate: another goes on, ends with one that serves, and counts from the first stop', async () => {
  const { ledger, script } = stage
  const apps = await Promise.all(points.map(() => deployFirst(stage, own)))
  const jobs = await Promise.all(points.map((point, index) => standAt(stage, apps[index] as string, point)))
  const holders = await Promise.all(
    jobs.map(async ({ id }, index) => (await stage.deed({ what: 'reached', point: points[index]!, jobId: id })).pid),
  )
  await stage.startWorker(env)
  for (const pid of new Set(holders)) process.kill(pid, 'SIGKILL')
  for (const [index, job] of jobs.entries()) {
    const end = await stage.end(job.id, takeOverMs)
    expect(end).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1, failures: 0 })
    expect(listEffects(script, job.id)).toEqual(['r1 x0', 'r2 x1', 'r2 100%'])
    assertHeldByOne(script, job.app, 2)
    const [downMs, ...more] = await readDowntimes(job.id)
    expect(more).toEqual([])
    expect(end.result).toMatchObject({ revision: 2, downMs })
    // A lease is over before another worker takes what the first has stopped: whoever goes on counts that time as well.
    if (['scaled-down', 'scale-up', 'scaled-up', 'route'].includes(points[index]!))
      expect(downMs).toBeGreaterThanOrEqual(leaseMs / 2)
    expect(await getEnvironment(ledger, job.app, 'staging')).toMatchObject({ currentRevision: 2, activeJobId: null })
  }
  await assertInvariants(ledger)
})

test('an abort of a recreate ends the new one before the old one is started again', async () => {
  const { ledger, script } = stage
  const app = await deployFirst(stage, own)
  const { id } = await standAt(stage, app, 'route')
  await controlJob(ledger, { jobId: id, verb: 'abort', by })
  const end = await stage.end(id)
  expect(end).toMatchObject({ state: 'failed', error: { code: 'aborted' } })
  expect(listEffects(script, id)).toEqual(['r1 x0', 'r2 x1', 'r2 x0', 'r1 x1'])
  assertHeldByOne(script, app, 1)
  expect(await readDowntimes(id)).toHaveLength(1)
  await assertInvariants(ledger)
})
