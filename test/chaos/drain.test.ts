import { listAudit } from '@stevedore/ledger'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import { openStage, type Stage } from './stage.ts'

const once = { state: 'succeeded', attempt: 1, losses: 0, failures: 0 }
let stage: Stage
let app: string

beforeEach(async () => {
  stage = await openStage()
  app = await declareApp(stage.ledger, stage.git)
  stage.script.hold('build', 'heedful', { attempt: 1 })
})
afterEach(() => stage?.close())

test('SIGTERM: a worker ends what it has in hand, takes nothing more, and leaves in order', async () => {
  const { ledger, script } = stage
  const [inHand, later] = [await enqueueBuild(ledger, app, '1.0.0'), await enqueueBuild(ledger, app, '2.0.0')]
  const leaving = await stage.startWorker({ WORKER_CONCURRENCY: '1' })
  const { jobId } = await stage.deed({ what: 'reached', point: 'build' })
  expect(jobId).toBe(inHand.id)
  leaving.signal('SIGTERM')
  script.lift('build', { attempt: 1 })
  expect(await leaving.ended).toBe(0)
  expect(await stage.end(inHand.id)).toMatchObject(once)
  const next = await stage.startWorker()
  expect(await stage.end(later.id)).toMatchObject(once)
  expect(await stage.deed({ what: 'reached', point: 'build', jobId: later.id })).toMatchObject({ pid: next.pid })
  await assertInvariants(ledger)
})

test('SIGTERM: what is not done by the end of the grace is handed over, and costs neither a failure nor a loss', async () => {
  const { ledger, script } = stage
  const { id } = await enqueueBuild(ledger, app)
  const leaving = await stage.startWorker({ GRACE_MS: '500' })
  await stage.deed({ what: 'reached', point: 'build', jobId: id })
  leaving.signal('SIGTERM')
  expect(await leaving.ended).toBe(0)
  await stage.startWorker()
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 2, losses: 0, failures: 0 })
  expect(script.attemptsThat('build', id)).toEqual([2])
  const moves = await listAudit(ledger, { app, action: 'job.transition', limit: 10 })
  expect(moves.map(({ detail }) => detail.reason)).toContain('handed-over')
  await assertInvariants(ledger)
})
