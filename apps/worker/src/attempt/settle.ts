import type { JobFailure } from '@stevedore/contract'
import type { Counts } from '@stevedore/domain'
import { retryCall } from '@stevedore/engine'
import { isLedgerAway, succeedJob, type Transition, transitionJob } from '@stevedore/ledger'
import { judgeFailure } from './judge-failure.ts'
import type { Attempt } from './open.ts'
import type { Outcome } from './outcome.ts'

/** How the attempt ended for the ledger: where the job went, or that nothing could be written any more. */
export type Settled =
  | { outcome: Exclude<Outcome, { type: 'lost' }>; transition: Transition }
  | { outcome: { type: 'lost' } }

const awayPauseMs = 300
const firstPauseMs = 500
const longestPauseMs = 10_000

/**
 * Moves the job to where its outcome leads: the only way in which an attempt ends by itself. A failure to do so is loud, and is met by
 * another try for as long as a lease; then the job goes to the rescuer, and the worker to other work.
 */
export async function settle(attempt: Attempt, outcome: Outcome): Promise<Settled> {
  await attempt.output.close(AbortSignal.any([attempt.lease.signal, attempt.worker.closing]))
  if (outcome.type === 'lost') return { outcome }
  const transition = transitionOf(attempt, outcome, Math.random())
  const isMoved = await retryCall(() => move(attempt, transition), {
    signal: attempt.lease.signal,
    patienceMs: attempt.worker.config.leaseMs,
    pauseMs: (error, tries) => tellOfFailure(attempt, error, tries),
    // Told of by now, or the lease is over.
  }).catch(() => false)
  return isMoved ? { outcome, transition } : { outcome: { type: 'lost' } }
}

/** @returns the pause before the next try */
function tellOfFailure({ worker, job, logger }: Attempt, error: unknown, tries: number): number {
  if (isLedgerAway(error)) return awayPauseMs
  worker.metrics.settleFailures.inc({ kind: job.kind })
  logger.error({ err: error, tries }, 'the end of the attempt could not be recorded')
  return Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1))
}

/** @returns whether the job still was this attempt's to move */
async function move({ worker, job, message, by }: Attempt, transition: Transition): Promise<boolean> {
  // One of an environment hands it on.
  if (transition.to === 'succeeded' && job.environment === null)
    return succeedJob(worker.ledger, { ...message, ...transition, by })
  const { jobId, attempt } = message
  const from = { state: 'running', attempt } as const
  return (await transitionJob(worker.ledger, { jobId, from, transition, by })) !== undefined
}

/** Pure: what an outcome means for the ledger. @param random 0 to 1, for the jitter */
export function transitionOf(
  attempt: Pick<Attempt, 'job' | 'outage' | 'worker'>,
  outcome: Exclude<Outcome, { type: 'lost' }>,
  random: number,
): Transition {
  switch (outcome.type) {
    case 'succeeded':
      return { to: 'succeeded', result: outcome.result, ...(outcome.followUps && { followUps: outcome.followUps }) }
    case 'cancelled':
      return { to: 'cancelled', ...(outcome.result && { result: outcome.result }) }
    case 'waiting': {
      const { waitingFor, delayMs } = outcome
      return { to: 'waiting', waitingFor, ...(delayMs !== undefined && { delayMs }) }
    }
    case 'handed-over':
      return { to: 'queued', reason: 'handed-over' }
    case 'failed': {
      const { failure } = outcome
      const decision = judgeFailure(attempt, failure, random)
      if (!decision.again) {
        const { counts } = decision
        const told = {
          failure: tellOfOutage(attempt, failure, counts),
          ...(outcome.result && { result: outcome.result }),
        }
        return { to: 'failed', ...told, counts }
      }
      const { again: _again, ...wait } = decision
      return { to: 'waiting', ...wait, failure }
    }
  }
}

/** How long it was tried, of what stayed away. */
function tellOfOutage({ outage }: Pick<Attempt, 'outage'>, failure: JobFailure, counts: Counts): JobFailure {
  if (counts !== 'outage') return failure
  const tried = `It was tried ${outage.tries() + 1} times in ${describeMs(outage.lastedMs())}.`
  return { ...failure, diagnosis: [failure.diagnosis, tried].filter(Boolean).join('\n') }
}

function describeMs(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1_000)} seconds` : `${Math.round(ms / 60_000)} minutes`
}
