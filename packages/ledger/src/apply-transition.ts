import { type JobState, ProblemError } from '@stevedore/contract'
import { chooseNext, isLegalTransition } from '@stevedore/domain'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { By } from './audit/append-audit.ts'
import { lineKey, lockLine, readHolder, setHolder } from './line.ts'
import { attempts } from './schema/attempts.ts'
import { events } from './schema/events.ts'
import { type JobRow, jobs } from './schema/jobs.ts'
import { outbox } from './schema/outbox.ts'
import { steps } from './schema/steps.ts'
import { now } from './time.ts'
import type { Transaction } from './transact.ts'
import { changesOf, eventOf, leavesEnvironment, type Transition, traceOf } from './transition.ts'

export interface Moment {
  jobId: string
  from: { state: JobState; attempt: number }
}

/**
 * Moves a job's state, with all that belongs to the move. Only under the condition that it still is in this state and attempt; undefined otherwise.
 * The caller has locked the environment of a job in line when the transition leaves it.
 */
export async function applyTransition(
  tx: Transaction,
  { jobId, from }: Moment,
  transition: Transition,
  by: By,
): Promise<JobRow | undefined> {
  if (!isLegalTransition(from.state, transition.to))
    throw new ProblemError('illegal-transition', `a job that is ${from.state} cannot become ${transition.to}`)
  const [job] = await tx.db
    .update(jobs)
    .set({ ...changesOf(transition), eventSeq: sql`${jobs.eventSeq} + 1` })
    .where(and(eq(jobs.id, jobId), eq(jobs.state, from.state), eq(jobs.attempt, from.attempt)))
    .returning()
  if (!job) return undefined
  await tx.db.insert(events).values({ jobId, seq: job.eventSeq, ...eventOf(job, transition) })
  await keepAttempt(tx, job, from, transition)
  if (job.state === 'queued') await announce(tx, job)
  tx.record({
    by,
    action: 'job.transition',
    app: job.app,
    environment: job.environment,
    jobId,
    detail: traceOf(from.state, job, transition),
  })
  if (leavesEnvironment(transition)) await leaveEnvironment(tx, job, by)
  return job
}

/** Writes the message for a queued job's attempt. */
export async function announce(tx: Transaction, job: JobRow): Promise<void> {
  const { id: jobId, attempt, kind, priority, dueAt } = job
  await tx.db.insert(outbox).values({ jobId, attempt, kind, priority, ...(dueAt && { dueAt }) })
}

async function keepAttempt(tx: Transaction, job: JobRow, from: Moment['from'], transition: Transition): Promise<void> {
  if (transition.to === 'running')
    await tx.db.insert(attempts).values({ jobId: job.id, attempt: job.attempt, workerId: transition.workerId })
  else if (from.state === 'running') await endAttempt(tx, job, from.attempt, transition)
}

/** A step that a lost or drained worker left open ends with its attempt. */
async function endAttempt(tx: Transaction, job: JobRow, attempt: number, transition: Transition): Promise<void> {
  const failure = 'failure' in transition ? transition.failure : undefined
  await tx.db
    .update(attempts)
    .set({ endedAt: now, outcome: job.state, failure: failure ?? null })
    .where(and(eq(attempts.jobId, job.id), eq(attempts.attempt, attempt)))
  await tx.db
    .update(steps)
    .set({ endedAt: now, state: 'cancelled' })
    .where(and(eq(steps.jobId, job.id), isNull(steps.endedAt)))
}

/** Hands the environment to the next in line, if this job holds it. */
async function leaveEnvironment(tx: Transaction, job: JobRow, by: By): Promise<void> {
  const key = lineKey(job)
  if (!key || (await readHolder(tx.db, key)) !== job.id) return
  const line = await lockLine(tx, key)
  const nextId = chooseNext(line)
  const next = line.find((member) => member.id === nextId)
  await setHolder(tx, key, next?.id ?? null)
  if (next) await applyTransition(tx, { jobId: next.id, from: next }, { to: 'queued', reason: 'next-in-line' }, by)
}
