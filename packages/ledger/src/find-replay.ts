import { ProblemError } from '@stevedore/contract'
import { and, eq, sql } from 'drizzle-orm'
import type { By } from './audit/append-audit.ts'
import type { Idempotency } from './enqueue-job.ts'
import { type Job, toJob } from './job.ts'
import type { Ledger } from './ledger.ts'
import { idempotencyKeys } from './schema/idempotency-keys.ts'
import { jobs } from './schema/jobs.ts'
import { query } from './transact.ts'

/**
 * The job that a key stands for, to be asked before a request is settled anew: what a repeat asks for may be done by now, and refused as such.
 * Throws ProblemError `idempotency-key-reused`.
 */
export async function findReplay(
  ledger: Ledger,
  { by, idempotency }: { by: By; idempotency: Idempotency },
): Promise<Job | undefined> {
  const [found] = await query(ledger, (db) =>
    db
      .select({ bodyHash: idempotencyKeys.bodyHash, job: jobs })
      .from(idempotencyKeys)
      .innerJoin(jobs, eq(jobs.id, idempotencyKeys.jobId))
      .where(
        and(
          eq(idempotencyKeys.actor, by.actor),
          eq(idempotencyKeys.key, idempotency.key),
          sql`${idempotencyKeys.createdAt} >= now() - interval '24 hours'`,
        ),
      ),
  )
  if (!found) return undefined
  if (found.bodyHash === idempotency.bodyHash) return toJob(found.job)
  throw new ProblemError('idempotency-key-reused', 'the key was used for another request within 24 hours')
}
