import { type EnvironmentSpec, finalStates, isFinal, ProblemError } from '@stevedore/contract'
import { holdApp } from '../apps/retire-app.ts'
import { selectApp } from '../apps/select-app.ts'
import type { By } from '../foundation/append-audit.ts'
import { and, eq, notInArray } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'
import { type Transaction, transact } from '../foundation/transact.ts'
import { lockJob, selectJob } from '../line/lock.ts'
import { insertJob } from './insert-job.ts'
import { type Job, type NewJob, toJob } from './job.ts'

/**
 * Records the same work as a new job, whose parent is the old one; where it needed an approval, or would now, it needs one. Throws ProblemError
 * `not-found`, and `illegal-transition` unless the job failed, was cancelled or superseded, and is not being retried already.
 */
export function retryJob(ledger: Ledger, { jobId, by }: { jobId: string; by: By }): Promise<Job> {
  return transact(ledger, async (tx) => {
    await holdApp(tx, (await selectJob(tx, jobId)).app)
    const old = await lockJob(tx, jobId)
    if (!isFinal(old.state) || old.state === 'succeeded')
      throw new ProblemError('illegal-transition', `the job is ${old.state}`)
    await refuseSecond(tx, old)
    tx.record({ by, action: 'job.retry', app: old.app, environment: old.environment, jobId })
    const standing = await selectApp(tx.db, old.app)
    const now = old.environment === null ? undefined : standing?.spec.environments[old.environment]
    return toJob(await insertJob(tx, { job: copy(old, now), requestedBy: by.actor, by }))
  })
}

async function refuseSecond(tx: Transaction, old: JobRow): Promise<void> {
  const [running] = await tx.db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.parentId, old.id), notInArray(jobs.state, [...finalStates])))
    .limit(1)
  if (running) throw new ProblemError('illegal-transition', `job ${running.id} is its retry already`)
}

/**
 * What else the old job has is of its own life: `insertJob` reads no more than a new job has. Of an approval the stricter rule counts, that
 * of then or of now.
 */
function copy(old: JobRow, now: EnvironmentSpec | undefined): NewJob {
  const { queue, deliverySeq, resolved } = old
  const isJudged = resolved.kind === 'deploy' && !('dryRun' in resolved && resolved.dryRun)
  const approval = old.approval || (isJudged && now?.approval === 'required')
  const selfApproval = old.selfApproval && now?.selfApproval === true
  return { ...toJob(old), approval, selfApproval, queue, deliverySeq, parentId: old.id }
}
