import type { JobControl, JobMessage } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query } from '../foundation/transact.ts'
import { isFenced } from './fence.ts'
import type { Job } from './job.ts'
import { transitionJob } from './transition-job.ts'

/** Takes a queued attempt for a worker. One of the workers that try gets the job, the others get undefined. */
export function claimJob(
  ledger: Ledger,
  { jobId, attempt, workerId, leaseMs, by }: JobMessage & { workerId: string; leaseMs: number; by: By },
): Promise<Job | undefined> {
  const from = { state: 'queued', attempt } as const
  return transitionJob(ledger, { jobId, from, transition: { to: 'running', workerId, leaseMs }, by })
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
