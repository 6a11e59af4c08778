import { type Awaited, classifyFailure, type FailureCode, findAwaited } from '@stevedore/contract'

const firstDelayMs = 1_000
const longestDelayMs = 60_000
/** A server may ask for patience, but not for ever. */
const longestObedienceMs = 10 * 60_000
/** What is away is tried as often at least, however long each try takes. */
const leastTries = 3

/** What an attempt that failed costs. */
export type Counts = 'failure' | 'loss' | 'outage'

export type RetryDecision =
  | { again: true; delayMs: number; counts: Counts; waitingFor: 'retry' | Awaited }
  /** Until a person says how it goes on. */
  | { again: true; waitingFor: 'restored'; delayMs?: undefined; counts?: undefined }
  | { again: false; counts: Counts }

interface Tried {
  failures: number
  maxFailures: number
  losses: number
  maxLosses: number
  /** Attempts in a row, this one not among them, that found something away. */
  outageTries: number
  /** Since the first of these failed; 0 when this is the first. */
  outageMs: number
}

/**
 * Whether a failed attempt is tried again. What is away is waited for, by time: who is restarted, or moved to another machine, comes back, and
 * no number of tries says when. Other failures have a number of tries.
 * @param patienceMs how long what is away is waited for
 * @param random 0 to 1
 */
export function decideRetry(
  failure: { code: FailureCode; retryAfterMs?: number },
  job: Tried,
  { patienceMs, random }: { patienceMs: number; random: number },
): RetryDecision {
  if (failure.code === 'restored') return { again: true, waitingFor: 'restored' }
  const awaited = findAwaited(failure.code)
  const asked = Math.min(failure.retryAfterMs ?? 0, longestObedienceMs)
  if (awaited) {
    if (job.outageTries + 1 >= leastTries && job.outageMs >= patienceMs) return { again: false, counts: 'outage' }
    const delayMs = Math.max(asked, backOff(job.outageTries, random))
    return { again: true, counts: 'outage', delayMs, waitingFor: awaited }
  }
  const class_ = classifyFailure(failure.code)
  if (class_ === 'permanent') return { again: false, counts: 'failure' }
  const counts = class_ === 'infrastructure' ? 'loss' : 'failure'
  const [used, limit] = counts === 'loss' ? [job.losses, job.maxLosses] : [job.failures, job.maxFailures]
  if (used + 1 >= limit) return { again: false, counts }
  return { again: true, counts, delayMs: Math.max(asked, backOff(used, random)), waitingFor: 'retry' }
}

/** Doubles from one second to a minute, with full jitter in its upper half so that jobs which failed together do not come back together. */
function backOff(tries: number, random: number): number {
  const backoffMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(tries, 16))
  return Math.round(backoffMs * (0.5 + random / 2))
}
