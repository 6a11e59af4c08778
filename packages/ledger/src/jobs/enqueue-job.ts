import { randomUUID } from 'node:crypto'
import { ProblemError } from '@stevedore/contract'
import { and, eq, sql } from 'drizzle-orm'
import { holdApp } from '../apps/retire-app.ts'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { idempotencyKeys, jobs } from '../foundation/schema/jobs.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'
import { lockEnvironment } from '../line/lock.ts'
import { insertJob, newLineKey } from './insert-job.ts'
import { type Job, type NewJob, toJob } from './job.ts'

interface Idempotency {
  key: string
  bodyHash: string
}

/** A key belongs to its caller. */
interface CallersKey extends Idempotency {
  actor: string
}

/**
 * Records a job: its key, row, place in line, first event, message and audit entry, or nothing. The same key with the same body gives the
 * same job again, for 24 hours. Throws ProblemError `not-found` (the app), `idempotency-key-reused`.
 */
export function enqueueJob(
  ledger: Ledger,
  { job, by, idempotency }: { job: NewJob; by: By; idempotency?: Idempotency | undefined },
): Promise<{ job: Job; replayed: boolean }> {
  const id = randomUUID()
  return transact(ledger, async (tx) => {
    const earlier = idempotency && (await claimKey(tx, id, { ...idempotency, actor: by.actor }))
    if (earlier) return { job: earlier, replayed: true }
    await holdApp(tx, job.app)
    const key = newLineKey(job)
    if (key) await lockEnvironment(tx, key)
    const row = await insertJob(tx, { id, job, requestedBy: by.actor, by })
    return { job: toJob(row), replayed: false }
  })
}

/**
 * The job that a key stands for, to be asked before a request is resolved anew: what a repeat asks for may be done by now, and refused as
 * such. Throws ProblemError `idempotency-key-reused`.
 */
export function findReplay(
  ledger: Ledger,
  { by, idempotency }: { by: By; idempotency: Idempotency },
): Promise<Job | undefined> {
  return query(ledger, (db) => findKeyed(db, { ...idempotency, actor: by.actor }))
}

/** Takes a key for a job; gives the job that has it already. A parallel call with the same key waits here until the first has committed. */
async function claimKey(tx: Transaction, jobId: string, callersKey: CallersKey): Promise<Job | undefined> {
  const { actor, key, bodyHash } = callersKey
  const taken = await tx.db
    .insert(idempotencyKeys)
    .values({ actor, key, bodyHash, jobId })
    .onConflictDoUpdate({
      target: [idempotencyKeys.actor, idempotencyKeys.key],
      set: { bodyHash, jobId, createdAt: now },
      setWhere: sql`not ${holds}`,
    })
    .returning({ jobId: idempotencyKeys.jobId })
  if (taken.length > 0) return undefined
  const earlier = await findKeyed(tx.db, callersKey)
  if (!earlier) throw new Error('an idempotency key names no job')
  return earlier
}

const holds = sql`(${idempotencyKeys.createdAt} >= now() - interval '24 hours')`

async function findKeyed(db: Database, { actor, key, bodyHash }: CallersKey): Promise<Job | undefined> {
  const [found] = await db
    .select({ bodyHash: idempotencyKeys.bodyHash, job: jobs })
    .from(idempotencyKeys)
    .innerJoin(jobs, eq(jobs.id, idempotencyKeys.jobId))
    .where(and(eq(idempotencyKeys.actor, actor), eq(idempotencyKeys.key, key), holds))
  if (!found) return undefined
  if (found.bodyHash === bodyHash) return toJob(found.job)
  throw new ProblemError('idempotency-key-reused', 'the key was used for another request within 24 hours')
}
