import { controlJob, getEnvironment } from '@stevedore/ledger'
import { waitForJob, waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { by, enqueueDeploy, enqueueRollback } from './jobs.ts'
import { deployFirst, standAt } from './rollouts.ts'
import type { Point } from './script.ts'
import { assertRuns } from './service.ts'
import { openStage, type Stage } from './stage.ts'

/** Long before the deploy's own time-out, and longer than a busy machine takes for a way back. */
const withinMs = 20_000
const untilPromoted = { strategy: { type: 'canary', steps: [{ setWeight: 50 }, { pause: {} }] } }
let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await stage.startWorker({ WORKER_CONCURRENCY: '8' })
})
afterAll(() => stage?.close())

/** Ends the first attempt where it stands; its way back goes by the same points, freely. */
async function endAt(jobId: string, point: Point, verb: 'cancel' | 'abort') {
  await controlJob(stage.ledger, { jobId, verb, by })
  await stage.step(jobId, { state: 'cancelled' })
  stage.script.lift(point, { jobId, attempt: 1 })
  return stage.end(jobId, withinMs)
}

test.each(['scale-up', 'scaled-up', 'route', 'routed', 'scale-down', 'scaled-down'] as const)(
  'a deploy that is cancelled at %s returns all traffic and leaves nothing of the new revision',
  async (point) => {
    const { ledger, script } = stage
    const app = await deployFirst(stage)
    const { id } = await standAt(stage, app, point)
    expect(await endAt(id, point, 'cancel')).toMatchObject({ state: 'cancelled', attempt: 1, losses: 0, failures: 0 })
    assertRuns(script, app, 1, { 1: 2 })
    expect(await getEnvironment(ledger, app, 'staging')).toMatchObject({ currentRevision: 1, activeJobId: null })
    await assertInvariants(ledger)
  },
)

test.each([
  { verb: 'cancel', state: 'cancelled' },
  { verb: 'abort', state: 'failed' },
] as const)('$verb of a canary that waits for a person: all traffic is on the stable revision', async (given) => {
  const { ledger, script } = stage
  const app = await deployFirst(stage, untilPromoted)
  const { id } = await enqueueDeploy(ledger, app, '2.0.0')
  await waitForJob(ledger, id, ({ state }) => state === 'waiting')
  await controlJob(ledger, { jobId: id, verb: given.verb, by })
  expect(await stage.end(id, withinMs)).toMatchObject({ state: given.state, losses: 0, failures: expect.any(Number) })
  assertRuns(script, app, 1, { 1: 2 })
  await assertInvariants(ledger)
})

test('of two rollbacks to one revision the second is aborted: what serves goes on serving', async () => {
  const { ledger, script } = stage
  const app = await deployFirst(stage)
  expect(await stage.end((await enqueueDeploy(ledger, app, '2.0.0')).id)).toMatchObject({ state: 'succeeded' })
  const first = await standAt(stage, app, 'route', { enqueue: () => enqueueRollback(ledger, app, 1) })
  const second = await enqueueRollback(ledger, app, 1)
  script.hold('finalize', 'heedful', { jobId: second.id })
  script.lift('route', { jobId: first.id, attempt: 1 })
  expect(await stage.end(first.id)).toMatchObject({ state: 'succeeded' })
  await stage.deed({ what: 'reached', point: 'finalize', jobId: second.id })
  await controlJob(ledger, { jobId: second.id, verb: 'abort', by })
  await stage.step(second.id, { state: 'cancelled' })
  script.lift('finalize', { jobId: second.id })
  expect(await stage.end(second.id)).toMatchObject({ state: 'failed', error: { code: 'aborted' } })
  assertRuns(script, app, 1, { 1: 2 })
  expect(await getEnvironment(ledger, app, 'staging')).toMatchObject({ currentRevision: 1 })
  await assertInvariants(ledger)
})

test('a cancel that comes after the new revision was recorded as the current one does not undo it', async () => {
  const { ledger, script } = stage
  const app = await deployFirst(stage)
  const { id } = await standAt(stage, app, 'finalized')
  script.hold('observe', 'heedful', { jobId: app })
  script.lift('finalized', { jobId: id, attempt: 1 })
  const isCurrent = async () => (await getEnvironment(ledger, app, 'staging'))?.currentRevision === 2
  await waitUntil('the revision to be current', isCurrent, { timeoutMs: 30_000 })
  process.kill((await stage.deed({ what: 'reached', point: 'finalize', jobId: id })).pid, 'SIGKILL')
  await controlJob(ledger, { jobId: id, verb: 'cancel', by })
  script.lift('observe', { jobId: app })
  await stage.startWorker()
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 2, losses: 1 })
  assertRuns(script, app, 2, { 2: 2 })
  expect(await getEnvironment(ledger, app, 'staging')).toMatchObject({ currentRevision: 2 })
  await assertInvariants(ledger)
})
