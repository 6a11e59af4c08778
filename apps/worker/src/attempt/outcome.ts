import { FailureError, type JobFailure, type JobResult, UnreadableDocumentError } from '@stevedore/contract'
import { type NewJob, StaleFenceError } from '@stevedore/ledger'
import { Stop } from './stop.ts'

/** How an attempt ends. A handler returns one; what it throws is turned into one. */
export type Outcome =
  | { type: 'succeeded'; result: JobResult; followUps?: NewJob[] }
  | { type: 'failed'; failure: JobFailure; result?: JobResult }
  | { type: 'cancelled'; result?: JobResult }
  | { type: 'waiting'; waitingFor: 'pause' | 'promotion'; delayMs?: number }
  | { type: 'handed-over' }
  /** Another attempt owns the job, or the lease ran out: nothing may be written. */
  | { type: 'lost' }

export function outcomeOfError(error: unknown): Outcome {
  if (error instanceof StaleFenceError) return { type: 'lost' }
  if (error instanceof Stop) return outcomeOfStop(error)
  return { type: 'failed', failure: failureOf(error) }
}

function outcomeOfStop({ reason }: Stop): Outcome {
  if (reason === 'lease-lost') return { type: 'lost' }
  if (reason === 'handing-over') return { type: 'handed-over' }
  if (reason === 'cancelled') return { type: 'cancelled' }
  return { type: 'failed', failure: new FailureError('aborted').toFailure() }
}

/** A surprise becomes `internal`: its text is for the operator alone. That a disk is full is none, wherever it was met, nor a newer version. */
export function failureOf(error: unknown): JobFailure {
  if (error instanceof FailureError) return error.toFailure()
  const unreadable = findCause(error, isUnreadable)
  if (unreadable)
    return new FailureError('worker-outdated', { diagnosis: unreadable.message, cause: error }).toFailure()
  const full = findCause(error, isFullDisk)
  if (full)
    return new FailureError('no-space', { diagnosis: `on the worker: ${full.message}`, cause: error }).toFailure()
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new FailureError('internal', { detail }).toFailure()
}

const mostCauses = 10

/** The error of this sort that it comes from, if it does. */
function findCause(error: unknown, isIt: (cause: Error) => boolean): Error | undefined {
  let cause: unknown = error
  for (let depth = 0; cause instanceof Error && depth < mostCauses; depth++) {
    if (isIt(cause)) return cause
    cause = cause.cause
  }
  return undefined
}

const isUnreadable = (cause: Error) => cause instanceof UnreadableDocumentError

/** As the system says it. */
function isFullDisk(cause: Error): boolean {
  const { code } = cause as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** The same failure without what is to stay hidden. */
export function redactFailure(failure: JobFailure, redact: (text: string) => string): JobFailure {
  const { message, diagnosis, detail } = failure
  return {
    ...failure,
    message: redact(message),
    ...(diagnosis !== undefined && { diagnosis: redact(diagnosis) }),
    ...(detail !== undefined && { detail: redact(detail) }),
  }
}
