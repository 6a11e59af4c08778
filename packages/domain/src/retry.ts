import { classifyFailure, type FailureCode } from '@stevedore/contract'

const firstDelayMs = 1_000
const longestDelayMs = 60_000
/** A server may ask for patience, but not for ever. */
const longestObedienceMs = 10 * 60_000

export type RetryDecision =
  | { again: true; delayMs: number; counts: 'failure' | 'loss' }
  | { again: false; counts: 'failure' | 'loss' }

/**
 * Whether a failed attempt is tried again. Backoff doubles from one second to a minute, with full jitter in its upper half so that
 * jobs which failed together do not come back together.
 * @param random 0 to 1
 */
export function decideRetry(
  failure: { code: FailureCode; retryAfterMs?: number },
  job: { failures: number; maxFailures: number; losses: number; maxLosses: number },
  random: number,
): RetryDecision {
  const class_ = classifyFailure(failure.code)
  if (class_ === 'permanent') return { again: false, counts: 'failure' }
  const counts = class_ === 'infrastructure' ? 'loss' : 'failure'
  const [used, limit] = counts === 'loss' ? [job.losses, job.maxLosses] : [job.failures, job.maxFailures]
  if (used + 1 >= limit) return { again: false, counts }
  const backoffMs = Math.min(longestDelayMs, firstDelayMs * 2 ** used)
  const asked = Math.min(failure.retryAfterMs ?? 0, longestObedienceMs)
  return { again: true, counts, delayMs: Math.max(asked, Math.round(backoffMs * (0.5 + random / 2))) }
}
