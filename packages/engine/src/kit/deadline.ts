import { FailureError } from '@stevedore/contract'

/** A signal that aborts when the given one does, or after `timeoutMs` with a TimeoutError. */
export function withinMs(timeoutMs: number, signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs)
  return signal ? AbortSignal.any([signal, timeout]) : timeout
}

/**
 * Runs work under a signal that also ends after `timeoutMs`, by the monotonic clock.
 * @param what begins the diagnosis: `WHAT took longer than 60 s`
 * @throws FailureError `deadline-exceeded`, which unlike the signal's reason is a failure of the work
 */
export async function withDeadline<T>(
  what: string,
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(exceedDeadline(what, timeoutMs)), timeoutMs)
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

function exceedDeadline(what: string, timeoutMs: number): FailureError {
  return new FailureError('deadline-exceeded', {
    diagnosis: `${what} took longer than ${Math.round(timeoutMs / 1000)} s`,
  })
}
