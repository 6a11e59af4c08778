import type { JobControl, JobMessage } from '@stevedore/contract'
import { and, eq, sql } from 'drizzle-orm'
import type { By } from '../foundation/append-audit.ts'
import { fromNow } from '../foundation/clock.ts'
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

/**
 * Extends a lease that has not run out. undefined: the attempt is no longer this worker's, which must stop. Gives what people have
 * asked of the job meanwhile.
 */
export function renewLease(
  ledger: Ledger,
  { jobId, attempt, workerId, leaseMs }: JobMessage & { workerId: string; leaseMs: number },
): Promise<{ control: JobControl } | undefined> {
  return query(ledger, async (db) => {
    const [renewed] = await db
      .update(jobs)
      .set({ leaseUntil: fromNow(leaseMs) })
      .where(and(isFenced({ jobId, attempt }), eq(jobs.workerId, workerId)))
      .returning({ control: jobs.control })
    return renewed
  })
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
