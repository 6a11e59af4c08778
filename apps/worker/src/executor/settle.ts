import { decideRetry } from '@stevedore/domain'
import { type By, type Job, type Transition, transitionJob } from '@stevedore/ledger'
import type { Worker } from '../worker.ts'
import type { Outcome } from './outcome.ts'
import { patiently } from './patience.ts'

/** Moves the job to where its outcome leads: the only way in which an attempt ends by itself. */
export async function settleAttempt(
  worker: Worker,
  job: Job,
  by: By,
  outcome: Exclude<Outcome, { type: 'lost' }>,
  signal: AbortSignal,
): Promise<Transition | undefined> {
  const transition = transitionOf(job, outcome, Math.random())
  const from = { state: 'running', attempt: job.attempt } as const
  const moved = await patiently(signal, () => transitionJob(worker.ledger, { jobId: job.id, from, transition, by }))
  return moved ? transition : undefined
}

/** Pure: what an outcome means for the ledger. @param random 0 to 1, for the jitter */
export function transitionOf(job: Job, outcome: Exclude<Outcome, { type: 'lost' }>, random: number): Transition {
  switch (outcome.type) {
    case 'succeeded':
      return { to: 'succeeded', result: outcome.result, ...(outcome.followUps && { followUps: outcome.followUps }) }
    case 'cancelled':
      return { to: 'cancelled', ...(outcome.result && { result: outcome.result }) }
    case 'waiting':
      return {
        to: 'waiting',
        waitingFor: outcome.waitingFor,
        ...(outcome.delayMs !== undefined && { delayMs: outcome.delayMs }),
      }
    case 'handed-over':
      return { to: 'queued', reason: 'handed-over' }
    case 'failed':
      return failedTransition(job, outcome, random)
  }
}

function failedTransition(job: Job, outcome: Extract<Outcome, { type: 'failed' }>, random: number): Transition {
  const { failure, result } = outcome
  const decision = decideRetry(failure, job, random)
  return decision.again
    ? { to: 'waiting', waitingFor: 'retry', delayMs: decision.delayMs, failure, counts: decision.counts }
    : { to: 'failed', failure, counts: decision.counts, ...(result && { result }) }
}
