import { eq } from 'drizzle-orm'
import { applyTransition, type Moment } from './apply-transition.ts'
import type { By } from './audit/append-audit.ts'
import { insertJob, newLineKey } from './insert-job.ts'
import { type Job, type NewJob, toJob } from './job.ts'
import type { Ledger } from './ledger.ts'
import { lineKey, lockEnvironments } from './line.ts'
import { type JobRow, jobs } from './schema/jobs.ts'
import { type Transaction, transact } from './transact.ts'
import { leavesEnvironment, type Transition } from './transition.ts'

/**
 * Moves a job's state, if it still is in the given state and attempt: with its event, audit entry, message, the next in its environment's line and its
 * follow-up jobs, in one transaction. undefined: the condition no longer holds. Throws ProblemError `illegal-transition`.
 */
export function transitionJob(
  ledger: Ledger,
  o: Moment & { transition: Transition; by: By },
): Promise<Job | undefined> {
  const { transition, by } = o
  const followUps = transition.to === 'succeeded' ? (transition.followUps ?? []) : []
  return transact(ledger, async (tx) => {
    if (leavesEnvironment(transition)) await lockConcerned(tx, o.jobId, followUps)
    const row = await applyTransition(tx, o, transition, by)
    if (row) await recordFollowUps(tx, row, followUps, by)
    return row && toJob(row)
  })
}

/** The job's own environment and those of its follow-ups: all before any job, in the order that everybody keeps to. */
async function lockConcerned(tx: Transaction, jobId: string, followUps: readonly NewJob[]): Promise<void> {
  const [own] = await tx.db
    .select({ app: jobs.app, environment: jobs.environment, inLine: jobs.inLine })
    .from(jobs)
    .where(eq(jobs.id, jobId))
  const concerned = [own && lineKey(own), ...followUps.map(newLineKey)]
  await lockEnvironments(
    tx,
    concerned.filter((key) => key !== undefined),
  )
}

/** The unfinished parent kept the app from being retired until here, so that it needs no second look. */
async function recordFollowUps(tx: Transaction, parent: JobRow, followUps: readonly NewJob[], by: By): Promise<void> {
  const correlated = { actor: by.actor, correlationId: parent.correlationId }
  for (const job of followUps)
    await insertJob(tx, { job: { ...job, parentId: parent.id }, requestedBy: parent.requestedBy, by: correlated })
}
