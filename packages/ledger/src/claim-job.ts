import type { JobControl, JobMessage } from '@stevedore/contract'
import { and, eq, sql } from 'drizzle-orm'
import type { By } from './audit/append-audit.ts'
import { isFenced } from './fence.ts'
import type { Job } from './job.ts'
import type { Ledger } from './ledger.ts'
import { jobs } from './schema/jobs.ts'
import { fromNow } from './time.ts'
import { query } from './transact.ts'
import { transitionJob } from './transition-job.ts'

/** Takes a queued attempt for a worker: of many that try, one gets the job and the others undefined. */
export function claimJob(
  ledger: Ledger,
  { jobId, attempt, workerId, leaseMs, by }: JobMessage & { workerId: string; leaseMs: number; by: By },
): Promise<Job | undefined> {
  const from = { state: 'queued', attempt } as const
  return transitionJob(ledger, { jobId, from, transition: { to: 'running', workerId, leaseMs }, by })
}

/**
 * Extends a lease that has not run out. undefined: the attempt is no longer this worker's, which must stop. Gives the wishes that
 * people had meanwhile.
 */
export function renewLease(
  ledger: Ledger,
  o: JobMessage & { workerId: string; leaseMs: number },
): Promise<{ control: JobControl } | undefined> {
  return query(ledger, async (db) => {
    const [renewed] = await db
      .update(jobs)
      .set({ leaseUntil: fromNow(o.leaseMs) })
      .where(and(isFenced(o), eq(jobs.workerId, o.workerId)))
      .returning({ control: jobs.control })
    return renewed
  })
}

/** A running deploy's handler has taken note of a wish: it is asked once. */
export function clearControl(ledger: Ledger, o: JobMessage & { keys: (keyof JobControl)[] }): Promise<void> {
  return query(ledger, async (db) => {
    await db
      .update(jobs)
      .set({ control: sql`${jobs.control} - ${sql.param(o.keys)}::text[]` })
      .where(isFenced(o))
  })
}
