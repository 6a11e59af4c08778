import type {
  AuditDetail,
  EventType,
  JobFailure,
  JobResult,
  JobState,
  NewEvent,
  QueueReason,
  WaitReason,
} from '@stevedore/contract'
import { type SQL, sql } from 'drizzle-orm'
import type { NewJob } from './job.ts'
import { type JobRow, jobs } from './schema/jobs.ts'
import { fromNow, now } from './time.ts'

/** A move of a job's state, with what comes with it. */
export type Transition =
  | { to: 'running'; workerId: string; leaseMs: number }
  | {
      to: 'waiting'
      waitingFor: WaitReason
      /** Its timer: without one it waits for a person or for the environment. */
      delayMs?: number
      failure?: JobFailure
      counts?: 'failure' | 'loss'
    }
  | { to: 'queued'; delayMs?: number; counts?: 'loss'; reason: QueueReason }
  | { to: 'succeeded'; result: JobResult; followUps?: NewJob[] }
  | { to: 'failed'; failure: JobFailure; counts?: 'failure' | 'loss' }
  | { to: 'cancelled'; failure?: JobFailure; result?: JobResult }
  | { to: 'superseded'; by: string }

/** A job has left its environment when it is over, or waits for something else than its own continuation. */
export function leavesEnvironment(transition: Transition): boolean {
  if (transition.to === 'waiting')
    return transition.waitingFor === 'approval' || transition.waitingFor === 'environment'
  return transition.to !== 'running' && transition.to !== 'queued'
}

type Change = { [K in keyof JobRow]?: JobRow[K] | SQL }

/** The columns that a transition sets. */
export function changesOf(transition: Transition): Change {
  const counted = 'counts' in transition ? count(transition.counts) : {}
  return { state: transition.to, ...released, ...counted, ...ownChanges(transition) }
}

const released: Change = { workerId: null, leaseUntil: null, waitingFor: null, dueAt: null }

function count(counts: 'failure' | 'loss' | undefined): Change {
  if (counts === 'failure') return { failures: sql`${jobs.failures} + 1` }
  return counts === 'loss' ? { losses: sql`${jobs.losses} + 1` } : {}
}

function ownChanges(transition: Transition): Change {
  switch (transition.to) {
    case 'running':
      return {
        workerId: transition.workerId,
        leaseUntil: fromNow(transition.leaseMs),
        startedAt: sql`coalesce(${jobs.startedAt}, now())`,
      }
    case 'waiting':
      return { waitingFor: transition.waitingFor, ...due(transition.delayMs), ...failed(transition.failure) }
    case 'queued':
      return { attempt: sql`${jobs.attempt} + 1`, queuedAt: now, ...due(transition.delayMs) }
    case 'succeeded':
      return { finishedAt: now, result: transition.result, error: null, progress: 100 }
    case 'failed':
      return { finishedAt: now, ...failed(transition.failure) }
    case 'cancelled':
      return { finishedAt: now, ...failed(transition.failure), ...(transition.result && { result: transition.result }) }
    case 'superseded':
      return { finishedAt: now, result: { supersededBy: transition.by } }
  }
}

const due = (delayMs: number | undefined): Change => (delayMs === undefined ? {} : { dueAt: fromNow(delayMs) })
const failed = (failure: JobFailure | undefined): Change => (failure ? { error: failure } : {})

/** What watchers are told of a transition. @param job as it is after it */
export function eventOf(job: JobRow, transition: Transition): NewEvent {
  switch (transition.to) {
    case 'running':
      return { type: 'job.started', data: { attempt: job.attempt, workerId: transition.workerId } }
    case 'waiting':
      return {
        type: transition.waitingFor === 'retry' ? 'job.retry-scheduled' : 'job.waiting',
        data: {
          waitingFor: transition.waitingFor,
          dueAt: job.dueAt?.toISOString() ?? null,
          ...tell(transition.failure),
        },
      }
    case 'queued':
      return { type: queuedEvent(job, transition.reason), data: { attempt: job.attempt, reason: transition.reason } }
    case 'succeeded':
      return { type: 'job.succeeded', data: { result: transition.result } }
    case 'superseded':
      return { type: 'job.superseded', data: { by: transition.by } }
    case 'failed':
      return { type: 'job.failed', data: tell(transition.failure) }
    case 'cancelled':
      return { type: 'job.cancelled', data: { ...tell(transition.failure), result: transition.result } }
  }
}

function queuedEvent(
  job: JobRow,
  reason: QueueReason,
): Extract<EventType, 'job.queued' | 'job.rescued' | 'job.resumed'> {
  if (reason === 'worker-lost') return 'job.rescued'
  return job.startedAt === null ? 'job.queued' : 'job.resumed'
}

/** A failure without its operator's detail: watchers need not be operators. */
export function tell(failure: JobFailure | undefined): Partial<Pick<JobFailure, 'code' | 'message' | 'diagnosis'>> {
  return failure ? { code: failure.code, message: failure.message, diagnosis: failure.diagnosis } : {}
}

/** What the audit trail keeps of a transition. */
export function traceOf(from: JobState, job: JobRow, transition: Transition): AuditDetail<'job.transition'> {
  return {
    from,
    to: transition.to,
    attempt: job.attempt,
    waitingFor: 'waitingFor' in transition ? transition.waitingFor : undefined,
    reason: 'reason' in transition ? transition.reason : undefined,
    code: 'failure' in transition ? transition.failure?.code : undefined,
    by: 'by' in transition ? transition.by : undefined,
  }
}
