import { randomUUID } from 'node:crypto'
import { ProblemError } from '@stevedore/contract'
import pLimit, { type LimitFunction } from 'p-limit'
import type { Pool } from 'pg'
import { type Repository, selectForeign } from '../access/grants.ts'
import { holdApp } from '../apps/retire-app.ts'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import { and, eq, sql } from '../foundation/drizzle.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { idempotencyKeys, jobs } from '../foundation/schema/jobs.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'
import { lockEnvironment } from '../line/lock.ts'
import { insertJob } from './insert-job.ts'
import { type Job, type NewJob, toJob } from './job.ts'
import { newLineKey } from './new-job.ts'
import { recordTogether, type SharedDraft } from './record-together.ts'

interface Idempotency {
  key: string
  bodyHash: string
}

/** A key belongs to its caller. */
interface CallersKey extends Idempotency {
  actor: string
}

/** What the job was resolved by without asking is otherwise: it is to be resolved anew. */
export class OutdatedError extends Error {
  override readonly name = 'OutdatedError'
}

/** So many at once of those that were not recorded with others, and are told why one by one. */
const aloneAtOnce = 3
const turnsAlone = new WeakMap<Pool, LimitFunction>()

interface Asked {
  job: NewJob
  by: By
  idempotency?: Idempotency | undefined
  /** Whether to refuse it where the app has another spec by now than the job was resolved under. */
  underCurrentSpec?: boolean
  /** What it uses and was not judged by: it is refused where one of them is another app's by now. */
  unjudged?: readonly Repository[]
}

/**
 * Records a job: its key, row, place in line, first event, message and audit entry, or nothing. The same key with the same body gives the
 * same job again, for 24 hours. Throws ProblemError `not-found` (the app), `idempotency-key-reused`; OutdatedError.
 */
export async function enqueueJob(ledger: Ledger, asked: Asked): Promise<{ job: Job; replayed: boolean }> {
  const draft = { ...asked, id: randomUUID(), requestedBy: asked.by.actor }
  if (newLineKey(asked.job)) return recordAlone(ledger, draft)
  const row = await recordTogether(ledger, draft)
  if (row) return { job: toJob(row), replayed: false }
  const takeTurn = turnsAlone.get(ledger.pool) ?? pLimit(aloneAtOnce)
  turnsAlone.set(ledger.pool, takeTurn)
  return takeTurn(() => recordAlone(ledger, draft))
}

/** The same in a transaction of its own, which waits for whom it has to, and says why it records nothing. */
function recordAlone(ledger: Ledger, draft: SharedDraft): Promise<{ job: Job; replayed: boolean }> {
  const { id, job, by, requestedBy, idempotency } = draft
  return transact(ledger, async (tx) => {
    const earlier = idempotency && (await claimKey(tx, id, { ...idempotency, actor: by.actor }))
    if (earlier) return { job: earlier, replayed: true }
    await refuseOutdated(tx, draft, await holdApp(tx, job.app))
    const key = newLineKey(job)
    if (key) await lockEnvironment(tx, key)
    const row = await insertJob(tx, { id, job, requestedBy, by })
    return { job: toJob(row), replayed: false }
  })
}

async function refuseOutdated(tx: Transaction, draft: SharedDraft, specVersion: number): Promise<void> {
  const { job, underCurrentSpec = false, unjudged = [] } = draft
  if (underCurrentSpec && specVersion !== job.specVersion)
    throw new OutdatedError(`${job.app} has spec ${specVersion} by now`)
  const [foreign] = await selectForeign(tx.db, { app: job.app, resources: unjudged })
  if (foreign) throw new OutdatedError(`${foreign.resource.name} is another app's than ${job.app}'s`)
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
