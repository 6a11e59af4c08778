import type { JobMessage, JobResult } from '@stevedore/contract'
import { findUnheeded } from '@stevedore/domain'
import type { By } from '../foundation/append-audit.ts'
import { eq } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'
import { type Transaction, transact } from '../foundation/transact.ts'
import { lineKey } from '../line/line.ts'
import { lockEnvironments } from '../line/lock.ts'
import { insertJob } from './insert-job.ts'
import { type Job, type NewJob, toJob } from './job.ts'
import { newLineKey } from './new-job.ts'
import { succeedTogether } from './succeed-together.ts'
import { applyTransition, type ExpectedJob, leavesEnvironment, type Transition } from './transition.ts'

/**
 * Moves a job's state, if it still is in the given state and attempt: with its event, audit entry, message, the next in its environment's line and its
 * follow-up jobs, in one transaction. One that would wait while somebody has asked for its end is made ready again at once. undefined: the
 * condition no longer holds. Throws ProblemError `illegal-transition`.
 */
export function transitionJob(
  ledger: Ledger,
  { jobId, from, transition, by }: ExpectedJob & { transition: Transition; by: By },
): Promise<Job | undefined> {
  const followUps = transition.to === 'succeeded' ? (transition.followUps ?? []) : []
  return transact(ledger, async (tx) => {
    if (leavesEnvironment(transition)) await lockConcerned(tx, jobId, followUps)
    const row = await applyTransition(tx, { jobId, from }, transition, by)
    if (!row) return undefined
    await recordFollowUps(tx, row, followUps, by)
    return toJob(await heedLateControl(tx, row, by))
  })
}

/**
 * Ends a running attempt well, as `transitionJob` does, and where it hands nothing on, in one statement with those that end meanwhile.
 * @returns whether it still was this attempt's to end
 */
export async function succeedJob(
  ledger: Ledger,
  { result, followUps, by, ...message }: JobMessage & { result: JobResult; followUps?: NewJob[] | undefined; by: By },
): Promise<boolean> {
  const { jobId, attempt } = message
  const from = { state: 'running', attempt } as const
  const transition = { to: 'succeeded', result, ...(followUps && { followUps }) } as const
  const alone = async () => (await transitionJob(ledger, { jobId, from, transition, by })) !== undefined
  const isShared = !followUps?.length && (await succeedTogether(ledger, { ...message, result, by }))
  return isShared || alone()
}

/** What is asked of a running job is noted for its attempt, which may have looked for the last time by then. */
async function heedLateControl(tx: Transaction, job: JobRow, by: By): Promise<JobRow> {
  const reason = job.state === 'waiting' && job.startedAt !== null ? findUnheeded(job) : undefined
  if (reason === undefined) return job
  return (await applyTransition(tx, { jobId: job.id, from: job }, { to: 'queued', reason }, by)) ?? job
}

/** The job's own environment and those of its follow-ups: all before any job, in the order that everybody keeps to. */
async function lockConcerned(tx: Transaction, jobId: string, followUps: readonly NewJob[]): Promise<void> {
  const { app, environment, inLine } = jobs
  const [own] = await tx.db.select({ app, environment, inLine }).from(jobs).where(eq(jobs.id, jobId))
  const concerned = [own && lineKey(own), ...followUps.map(newLineKey)]
  await lockEnvironments(
    tx,
    concerned.filter((key) => key !== undefined),
  )
}

/** The unfinished parent kept the app from being retired until here, so that it needs no second look. */
async function recordFollowUps(tx: Transaction, parent: JobRow, followUps: readonly NewJob[], by: By): Promise<void> {
  const { correlationId, traceparent } = parent
  const correlated = { actor: by.actor, correlationId, traceparent: traceparent ?? undefined }
  const { id: parentId, deliverySeq, requestedBy } = parent
  for (const job of followUps)
    await insertJob(tx, { job: { ...job, parentId, deliverySeq }, requestedBy, by: correlated })
}
