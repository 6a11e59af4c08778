import { getJob, type Job } from '@stevedore/ledger'
import { waitUntil } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertInvariants } from './invariants.ts'
import { declareApp, enqueueBuild } from './jobs.ts'
import { leaseMs, openStage, type Stage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

test('work that blocks its process for longer than the lease keeps it', async () => {
  const { ledger, script } = stage
  const { id } = await enqueueBuild(ledger, await declareApp(ledger, stage.git))
  script.hold('build', 'blocking', { jobId: id })
  const worker = await stage.startWorker()
  await stage.deed({ what: 'reached', point: 'build', jobId: id })
  const first = await getJob(ledger, id)
  // One that would take the job at once.
  await stage.startWorker()
  const isOver = ({ leaseUntil }: Job) => Number(leaseUntil) > Number(first?.leaseUntil) + 2 * leaseMs
  const later = await waitUntil('the lease to be renewed, or lost', async () => {
    const job = await getJob(ledger, id)
    return job && (job.attempt > 1 || isOver(job)) ? job : undefined
  })
  expect(later).toMatchObject({ state: 'running', attempt: 1, losses: 0 })
  script.lift('build', { jobId: id })
  expect(await stage.end(id)).toMatchObject({ state: 'succeeded', attempt: 1, losses: 0, failures: 0 })
  expect(await stage.deed({ what: 'did', point: 'push', jobId: id })).toMatchObject({ pid: worker.pid })
  await assertInvariants(ledger)
})
