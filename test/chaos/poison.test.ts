import { listAttempts } from '@stevedore/ledger'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild, enqueueDeploy } from './jobs.ts'
import { deployFirst } from './rollouts.ts'
import { assertRuns } from './service.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
let stopping = false
const starts: Promise<void>[] = []

beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  stopping = true
  await Promise.all(starts)
  await stage?.close()
})

/** As an operator's supervisor does: who dies is started again. */
function keepWorker(): void {
  const start = async () => {
    const { ended } = await stage.startWorker({ WORKER_CONCURRENCY: '1' })
    void ended.then(() => stopping || keepWorker())
  }
  starts.push(start())
}

test('a build that takes its worker down each time ends as lost, and the others are built', async () => {
  const { ledger, script } = stage
  const app = await declareApp(ledger, stage.git)
  const poison = await enqueueBuild(ledger, app, '0.0.0')
  script.hold('build', 'deadly', { jobId: poison.id })
  const others = await Promise.all([1, 2, 3].map((number) => enqueueBuild(ledger, app, `1.0.${number}`)))
  keepWorker()
  keepWorker()

  for (const { id } of others) expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0 })
  expect(await stage.end(poison.id, 60_000)).toMatchObject({
    state: 'failed',
    attempt: 3,
    losses: 3,
    failures: 0,
    error: { code: 'worker-lost' },
  })
  const attempts = await listAttempts(ledger, poison.id)
  expect(new Set(attempts.map(({ workerId }) => workerId)).size).toBe(3)
  expect(script.attemptsThat('build', poison.id)).toEqual([])
  await assertInvariants(ledger)
})

test('a deploy that takes its worker down each time is returned from, and the next one runs', async () => {
  const { ledger, script } = stage
  keepWorker()
  const app = await deployFirst(stage)
  script.hold('observe', 'heedful', { jobId: app })
  const { id } = await enqueueDeploy(ledger, app, '2.0.0')
  for (const attempt of [1, 2, 3]) script.hold('scale-down', 'deadly', { jobId: id, attempt })
  script.lift('observe', { jobId: app })

  expect(await stage.end(id, 60_000)).toMatchObject({
    state: 'failed',
    attempt: 4,
    failures: 0,
    error: { code: 'worker-lost' },
  })
  assertRuns(script, app, 1, { 1: 2 })
  expect(await stage.end((await enqueueDeploy(ledger, app, '3.0.0')).id)).toMatchObject({ state: 'succeeded' })
  assertRuns(script, app, 3, { 3: 2 })
  await assertInvariants(ledger)
})
