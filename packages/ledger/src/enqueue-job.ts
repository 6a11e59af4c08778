import { randomUUID } from 'node:crypto'
import { ProblemError } from '@stevedore/contract'
import { and, eq, sql } from 'drizzle-orm'
import type { By } from './audit/append-audit.ts'
import { holdApp } from './hold-app.ts'
import { insertJob, newLineKey } from './insert-job.ts'
import { type Job, type NewJob, toJob } from './job.ts'
import type { Ledger } from './ledger.ts'
import { lockEnvironment } from './line.ts'
import { idempotencyKeys } from './schema/idempotency-keys.ts'
import { jobs } from './schema/jobs.ts'
import { type Transaction, transact } from './transact.ts'

export interface Idempotency {
  key: string
  bodyHash: string
}

/**
 * Records a job: its key, row, place in line, first event, message and audit entry, or nothing. The same key with the same body gives the
 * same job again, for 24 hours. Throws ProblemError `not-found` (the app), `idempotency-key-reused`.
 */
export function enqueueJob(
  ledger: Ledger,
  o: { job: NewJob; by: By; idempotency?: Idempotency | undefined },
): Promise<{ job: Job; replayed: boolean }> {
  const { job, by, idempotency } = o
  const id = randomUUID()
  return transact(ledger, async (tx) => {
    const earlier = idempotency && (await claimKey(tx, id, by.actor, idempotency))
    if (earlier) return { job: await readJob(tx, earlier), replayed: true }
    await holdApp(tx, job.app)
    const key = newLineKey(job)
    if (key) await lockEnvironment(tx, key)
    const row = await insertJob(tx, { id, job, requestedBy: by.actor, by })
    return { job: toJob(row), replayed: false }
  })
}

/** Takes a key for a job; gives the job that has it already. A parallel call with the same key waits here until the first has committed. */
async function claimKey(tx: Transaction, jobId: string, actor: string, o: Idempotency): Promise<string | undefined> {
  const taken = await tx.db
    .insert(idempotencyKeys)
    .values({ actor, key: o.key, bodyHash: o.bodyHash, jobId })
    .onConflictDoUpdate({
      target: [idempotencyKeys.actor, idempotencyKeys.key],
      set: { bodyHash: o.bodyHash, jobId, createdAt: sql`now()` },
      setWhere: sql`${idempotencyKeys.createdAt} < now() - interval '24 hours'`,
    })
    .returning({ jobId: idempotencyKeys.jobId })
  if (taken.length > 0) return undefined
  const [earlier] = await tx.db
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.actor, actor), eq(idempotencyKeys.key, o.key)))
  if (earlier?.bodyHash !== o.bodyHash)
    throw new ProblemError('idempotency-key-reused', 'the key was used for another request within 24 hours')
  return earlier.jobId
}

async function readJob(tx: Transaction, id: string): Promise<Job> {
  const [row] = await tx.db.select().from(jobs).where(eq(jobs.id, id))
  if (!row) throw new Error(`an idempotency key names the unknown job ${id}`)
  return toJob(row)
}
