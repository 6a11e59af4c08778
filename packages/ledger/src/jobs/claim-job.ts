import type { JobControl, JobMessage } from '@stevedore/contract'
import { sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query } from '../foundation/transact.ts'
import { type Claim, claimTogether } from './claim-together.ts'
import { isFenced } from './fence.ts'
import type { Job } from './job.ts'
import { transitionJob } from './transition-job.ts'

/**
 * Takes a queued attempt for a worker, in one statement with those that are asked for meanwhile. One of the workers that try gets the job, the
 * others get undefined.
 */
export async function claimJob(ledger: Ledger, claim: Claim): Promise<Job | undefined> {
  const { jobId, attempt, workerId, leaseMs, by } = claim
  const from = { state: 'queued', attempt } as const
  const alone = () => transitionJob(ledger, { jobId, from, transition: { to: 'running', workerId, leaseMs }, by })
  return (await claimTogether(ledger, claim)) ?? alone()
}

/** A running deploy's handler has heeded what was asked: it is asked once. */
export function clearControl(
  ledger: Ledger,
  { jobId, attempt, keys }: JobMessage & { keys: (keyof JobControl)[] },
): Promise<void> {
  return query(ledger, async (db) => {
    await db
      .update(jobs)
      .set({ control: sql`${jobs.control} - ${sql.param(keys)}::text[]` })
      .where(isFenced({ jobId, attempt }))
  })
}
