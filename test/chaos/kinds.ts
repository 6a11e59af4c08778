import { controlJob, type Job } from '@stevedore/ledger'
import {
  by,
  declareApp,
  enqueueBuild,
  enqueueDeploy,
  enqueuePush,
  enqueueRemoval,
  enqueueRollback,
  enqueueRun,
} from './jobs.ts'
import type { Stage } from './stage.ts'

/** A job of each kind that differs in what it writes. */
export type Kind = 'build' | 'push' | 'deploy' | 'rollback' | 'run' | 'removal'

type By<T> = (stage: Stage, app: string) => Promise<T>

const enqueueByKind: Record<Kind, By<Job>> = {
  build: ({ ledger }, app) => enqueueBuild(ledger, app),
  push: ({ ledger }, app) => enqueuePush(ledger, app),
  deploy: ({ ledger }, app) => enqueueDeploy(ledger, app),
  rollback: ({ ledger }, app) => enqueueRollback(ledger, app, 1),
  run: ({ ledger }, app) => enqueueRun(ledger, app, 1),
  removal: ({ ledger }, app) => enqueueRemoval(ledger, app),
}

const precede: Record<Kind, By<Job>[]> = {
  build: [],
  push: [({ ledger }, app) => enqueueBuild(ledger, app, '1.0.0', false)],
  deploy: [],
  rollback: [({ ledger }, app) => enqueueDeploy(ledger, app), ({ ledger }, app) => enqueueDeploy(ledger, app, '2.0.0')],
  run: [({ ledger }, app) => enqueueDeploy(ledger, app)],
  removal: [({ ledger }, app) => enqueueDeploy(ledger, app)],
}

/** A job of the kind finds nothing done without a worker that is there before it. */
export const isPreceded = (kind: Kind) => precede[kind].length > 0

/** An app with what a job of the kind needs before it, which a worker does. */
export async function declareFor(stage: Stage, kind: Kind): Promise<string> {
  const app = await declareApp(stage.ledger, stage.git, { replicas: 1 })
  for (const enqueue of precede[kind]) await stage.end((await enqueue(stage, app)).id)
  return app
}

/** @param before what must stand before a worker may begin */
export async function enqueueKind(
  stage: Stage,
  { kind, app }: { kind: Kind; app: string },
  before: (job: Job) => void = () => {},
): Promise<Job> {
  const job = await enqueueByKind[kind](stage, app)
  before(job)
  if (kind === 'removal') await controlJob(stage.ledger, { jobId: job.id, verb: 'approve', by })
  return job
}
