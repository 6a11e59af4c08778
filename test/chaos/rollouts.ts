import type { Job } from '@stevedore/ledger'
import { expect } from 'vitest'
import { declareApp, enqueueDeploy } from './jobs.ts'
import type { Hold, Point } from './script.ts'
import type { Stage } from './stage.ts'

/** An app with two replicas of its first revision. */
export async function deployFirst(stage: Stage, settings: object = {}): Promise<string> {
  const app = await declareApp(stage.ledger, stage.git, { replicas: 2, ...settings })
  expect(await stage.end((await enqueueDeploy(stage.ledger, app)).id)).toMatchObject({ state: 'succeeded' })
  return app
}

/** A rollout whose first attempt stays at the point: it is let go from its plan only when that hold is set. */
async function enqueueHeld(
  { ledger, script }: Stage,
  app: string,
  point: Point,
  { how = 'heedful' as Hold, enqueue = () => enqueueDeploy(ledger, app, '2.0.0') } = {},
): Promise<Job> {
  script.hold('observe', 'heedful', { jobId: app })
  const job = await enqueue()
  script.hold(point, how, { jobId: job.id, attempt: 1 })
  script.lift('observe', { jobId: app })
  return job
}

/** The same, and there it is. */
export async function standAt(stage: Stage, app: string, point: Point, options = {}): Promise<Job> {
  const job = await enqueueHeld(stage, app, point, options)
  await stage.deed({ what: 'reached', point, jobId: job.id })
  return job
}
