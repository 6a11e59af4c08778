import { FailureError } from '@stevedore/contract'

/** Why running work is told to end, other than by its own failure. */
export type StopReason = 'cancelled' | 'aborted' | 'lease-lost' | 'handing-over'

/** The reason of an aborted signal. */
export class Stop extends Error {
  readonly reason: StopReason

  constructor(reason: StopReason) {
    super(`the work was told to end: ${reason}`)
    this.name = 'Stop'
    this.reason = reason
  }
}

/** A deadline is a failure of the job, unlike a stop. */
export function deadlineExceeded(what: string, timeoutMs: number): FailureError {
  return new FailureError('deadline-exceeded', {
    diagnosis: `${what} took longer than ${Math.round(timeoutMs / 1000)} s`,
  })
}

/** Runs work under a signal that also ends after `timeoutMs`, by the monotonic clock. */
export async function withDeadline<T>(
  what: string,
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(deadlineExceeded(what, timeoutMs)), timeoutMs)
  try {
    return await work(AbortSignal.any([signal, late.signal]))
  } catch (error) {
    // Vendors wrap or replace the reason of an aborted signal: the first cause is what counts.
    if (late.signal.aborted && !signal.aborted) throw late.signal.reason
    throw error
  } finally {
    clearTimeout(timer)
  }
}
