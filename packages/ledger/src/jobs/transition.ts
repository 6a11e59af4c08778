import {
  type AuditDetail,
  type EventType,
  isForRetry,
  type JobFailure,
  type JobResult,
  type JobState,
  type NewEvent,
  ProblemError,
  type QueueReason,
  type WaitReason,
} from '@stevedore/contract'
import { type Counts, chooseNext, explainOvertaking, findOvertaken, isLegalTransition } from '@stevedore/domain'
import type { By } from '../foundation/append-audit.ts'
import { fromNow, now } from '../foundation/clock.ts'
import { and, eq, isNull, type SQL, sql } from '../foundation/drizzle.ts'
import { attempts, events, steps } from '../foundation/schema/attempts.ts'
import { type JobRow, jobs } from '../foundation/schema/jobs.ts'
import { outbox } from '../foundation/schema/outbox.ts'
import type { Transaction } from '../foundation/transact.ts'
import { type LineRow, lineKey, lockLine, readHolder, setHolder } from '../line/line.ts'
import type { NewJob } from './job.ts'

/** A move of a job's state, with what comes with it. */
export type Transition =
  | { to: 'running'; workerId: string; leaseMs: number }
  | {
      to: 'waiting'
      waitingFor: WaitReason
      /** Its timer: without one it waits for a person or for the environment. */
      delayMs?: number
      failure?: JobFailure
      counts?: Counts
    }
  | { to: 'queued'; delayMs?: number; counts?: 'loss'; reason: QueueReason }
  | { to: 'succeeded'; result: JobResult; followUps?: NewJob[] }
  | { to: 'failed'; failure: JobFailure; counts?: Counts; result?: JobResult }
  | { to: 'cancelled'; failure?: JobFailure; result?: JobResult }
  | { to: 'superseded'; by: string; reason?: string }

/** Which job, and the state and attempt that it must still be in. */
export interface ExpectedJob {
  jobId: string
  from: { state: JobState; attempt: number }
}

/** A job has left its environment when it is over, or waits for something else than its own continuation. */
export function leavesEnvironment(transition: Transition): boolean {
  if (transition.to === 'waiting')
    return transition.waitingFor === 'approval' || transition.waitingFor === 'environment'
  return transition.to !== 'running' && transition.to !== 'queued'
}

/**
 * Moves a job's state, with all that belongs to the move. Only under the condition that it still is in this state and attempt; undefined otherwise.
 * The caller has locked the environment of a job in line when the transition leaves it.
 */
export async function applyTransition(
  tx: Transaction,
  { jobId, from }: ExpectedJob,
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
  const { app, environment } = job
  tx.record({ by, action: 'job.transition', app, environment, jobId, detail: traceOf(from.state, job, transition) })
  if (leavesEnvironment(transition)) await leaveEnvironment(tx, job, by)
  return job
}

type Change = { [K in keyof JobRow]?: JobRow[K] | SQL }

/** The columns that a transition sets. */
function changesOf(transition: Transition): Change {
  const counted = 'counts' in transition ? count(transition.counts) : {}
  return { state: transition.to, ...released, ...counted, ...ownChanges(transition) }
}

const released: Change = { workerId: null, leaseUntil: null, waitingFor: null, dueAt: null }

function count(counts: Counts | undefined): Change {
  if (counts === 'failure') return { failures: sql`${jobs.failures} + 1` }
  if (counts === 'outage')
    return { outageSince: sql`coalesce(${jobs.outageSince}, now())`, outageTries: sql`${jobs.outageTries} + 1` }
  return counts === 'loss' ? { losses: sql`${jobs.losses} + 1` } : {}
}

function ownChanges(transition: Transition): Change {
  switch (transition.to) {
    case 'running': {
      const { workerId, leaseMs } = transition
      return { workerId, leaseUntil: fromNow(leaseMs), startedAt: sql`coalesce(${jobs.startedAt}, now())` }
    }
    case 'waiting':
      return { waitingFor: transition.waitingFor, ...due(transition.delayMs), ...failed(transition.failure) }
    case 'queued':
      return { attempt: sql`${jobs.attempt} + 1`, queuedAt: now, ...due(transition.delayMs) }
    case 'succeeded':
      return { finishedAt: now, result: transition.result, error: null, progress: 100 }
    case 'failed':
      return { finishedAt: now, ...failed(transition.failure), ...(transition.result && { result: transition.result }) }
    case 'cancelled':
      return { finishedAt: now, ...failed(transition.failure), ...(transition.result && { result: transition.result }) }
    case 'superseded':
      return { finishedAt: now, result: { supersededBy: transition.by, ...because(transition) } }
  }
}

const due = (delayMs: number | undefined): Change => (delayMs === undefined ? {} : { dueAt: fromNow(delayMs) })
const because = ({ reason }: { reason?: string }) => (reason === undefined ? {} : { reason })
const failed = (failure: JobFailure | undefined): Change => (failure ? { error: failure } : {})

/** What watchers are told of a transition. @param job as it is after it */
export function eventOf(job: Moved, transition: Transition): NewEvent {
  switch (transition.to) {
    case 'running':
      return { type: 'job.started', data: { attempt: job.attempt, workerId: transition.workerId } }
    case 'waiting': {
      const { waitingFor, failure } = transition
      const type = isForRetry(waitingFor) ? 'job.retry-scheduled' : 'job.waiting'
      return { type, data: { waitingFor, dueAt: job.dueAt?.toISOString() ?? null, ...hideDetail(failure) } }
    }
    case 'queued':
      return { type: queuedEvent(job, transition.reason), data: { attempt: job.attempt, reason: transition.reason } }
    case 'succeeded':
      return { type: 'job.succeeded', data: { result: transition.result } }
    case 'superseded':
      return { type: 'job.superseded', data: { by: transition.by, ...because(transition) } }
    case 'failed':
      return { type: 'job.failed', data: { ...hideDetail(transition.failure), result: transition.result } }
    case 'cancelled':
      return { type: 'job.cancelled', data: { ...hideDetail(transition.failure), result: transition.result } }
  }
}

/** What is told of a job that has moved. */
type Moved = Pick<JobRow, 'attempt' | 'dueAt' | 'startedAt'>

type QueuedEvent = Extract<EventType, 'job.queued' | 'job.rescued' | 'job.resumed'>

function queuedEvent(job: Moved, reason: QueueReason): QueuedEvent {
  if (reason === 'worker-lost') return 'job.rescued'
  return job.startedAt === null ? 'job.queued' : 'job.resumed'
}

/** A failure without its operator's detail: watchers need not be operators. */
export function hideDetail(
  failure: JobFailure | undefined,
): Partial<Pick<JobFailure, 'code' | 'message' | 'diagnosis'>> {
  return failure ? { code: failure.code, message: failure.message, diagnosis: failure.diagnosis } : {}
}

/** What the audit trail keeps of a transition. */
export function traceOf(
  from: JobState,
  job: Pick<JobRow, 'attempt'>,
  transition: Transition,
): AuditDetail<'job.transition'> {
  return {
    from,
    to: transition.to,
    attempt: job.attempt,
    waitingFor: 'waitingFor' in transition ? transition.waitingFor : undefined,
    reason: transition.to === 'queued' ? transition.reason : undefined,
    code: 'failure' in transition ? transition.failure?.code : undefined,
    by: 'by' in transition ? transition.by : undefined,
  }
}

/** Writes the message for a queued job's attempt. The insert wakes the dispatcher: see `channels.stevedore_outbox`. */
export async function announce(tx: Transaction, job: JobRow): Promise<void> {
  const { id: jobId, attempt, kind, priority, dueAt } = job
  await tx.db.insert(outbox).values({ jobId, attempt, kind, priority, ...(dueAt && { dueAt }) })
}

async function keepAttempt(
  tx: Transaction,
  job: JobRow,
  from: ExpectedJob['from'],
  transition: Transition,
): Promise<void> {
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
  const line = await endOvertaken(tx, job, await lockLine(tx, key), by)
  const nextId = chooseNext(line)
  const next = line.find((member) => member.id === nextId)
  await setHolder(tx, key, next?.id ?? null)
  if (next) await applyTransition(tx, { jobId: next.id, from: next }, { to: 'queued', reason: 'next-in-line' }, by)
}

/** A push that is deployed ends the deploys of those before it. @returns who is left in the line */
async function endOvertaken(tx: Transaction, job: JobRow, line: readonly LineRow[], by: By): Promise<LineRow[]> {
  const overtaken = job.state === 'succeeded' ? findOvertaken(line, { ...job, delivery: job.deliverySeq }) : []
  const reason = explainOvertaking({ id: job.id, how: 'deployed' }, job.request.trigger)
  for (const member of line)
    if (overtaken.includes(member.id))
      await applyTransition(tx, { jobId: member.id, from: member }, { to: 'superseded', by: job.id, reason }, by)
  return line.filter(({ id }) => !overtaken.includes(id))
}
