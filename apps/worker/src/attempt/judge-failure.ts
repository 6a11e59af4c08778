import type { JobFailure } from '@stevedore/contract'
import { decideRetry, type RetryDecision } from '@stevedore/domain'
import type { Attempt } from './open.ts'

/** What becomes of a job whose attempt failed. @param random 0 to 1, for the jitter */
export function judgeFailure(
  { job, outage, worker }: Pick<Attempt, 'job' | 'outage' | 'worker'>,
  failure: JobFailure,
  random: number,
): RetryDecision {
  const { failures, maxFailures, losses, maxLosses } = job
  const tried = { failures, maxFailures, losses, maxLosses, outageTries: outage.tries(), outageMs: outage.lastedMs() }
  return decideRetry(failure, tried, { patienceMs: worker.config.outageMs, random })
}
