import { type ControlVerb, ProblemError } from '@stevedore/contract'
import { decideVerb } from '@stevedore/domain'
import type { By } from './audit/append-audit.ts'
import { type Job, toJob } from './job.ts'
import type { Ledger } from './ledger.ts'
import { lockJob, selectJob } from './lock-job.ts'
import { transact } from './transact.ts'
import { applyWish } from './wish.ts'

/**
 * Does or notes what a person wishes of a job: one that waits or is queued moves at once, a running one is told.
 * Throws ProblemError `not-found`, `illegal-transition`.
 */
export function controlJob(
  ledger: Ledger,
  o: { jobId: string; verb: ControlVerb; full?: boolean; by: By },
): Promise<Job> {
  return transact(ledger, async (tx) => {
    const job = await lockJob(tx, o.jobId)
    const effect = decideVerb(o.verb, { ...job, begun: job.inLine && job.startedAt !== null }, o.full)
    if (effect.kind === 'refused') throw new ProblemError('illegal-transition', effect.reason)
    await applyWish(tx, job, o.verb, effect, o.by)
    return toJob(await selectJob(tx, o.jobId))
  })
}
