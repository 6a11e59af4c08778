import { type JobKind, jobKinds } from '@stevedore/contract'
import { now } from '../foundation/clock.ts'
import { and, asc, eq, inArray, isNull, lt, sql } from '../foundation/drizzle.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { prepareOnce } from '../foundation/prepare-once.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { outbox } from '../foundation/schema/outbox.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'

export interface OutboxRow {
  id: number
  jobId: string
  attempt: number
  kind: JobKind
  /** What is left of its delay. */
  delayMs: number
  priority: number
  /** It was published before, and nobody claimed its attempt. */
  isRepeat: boolean
}

/** The transport may be slow; nothing but the relayed rows is locked meanwhile, and other relays pass them by. */
const publishTimeoutMs = 30_000

/**
 * Hands up to `limit` unpublished messages to `publish` and marks them published. When publish rejects they stay as they are and its error is
 * thrown; a crash between the two publishes them again.
 */
export function relayOutbox(
  ledger: Ledger,
  { limit, publish }: { limit: number; publish(rows: OutboxRow[]): Promise<void> },
): Promise<{ published: number }> {
  const relay = async (tx: Transaction) => {
    const rows = await takeUnpublished(tx.db).execute({ limit })
    if (rows.length === 0) return { published: 0 }
    await publish(rows)
    const ids = rows.map((row) => row.id)
    await tx.db.update(outbox).set({ publishedAt: now }).where(inArray(outbox.id, ids))
    return { published: rows.length }
  }
  return transact(ledger, relay, { idleMs: publishTimeoutMs })
}

/** Whether a message is still about its job's present: one of a job that was cancelled since is not worth sending. */
const isCurrent = and(eq(jobs.id, outbox.jobId), eq(jobs.state, 'queued'), eq(jobs.attempt, outbox.attempt))

const message = {
  id: outbox.id,
  jobId: outbox.jobId,
  attempt: outbox.attempt,
  kind: outbox.kind,
  priority: outbox.priority,
  delayMs: sql<number>`greatest(0, ceil(extract(epoch from ${outbox.dueAt} - now()) * 1000))::float8`,
  // `resendUnclaimed` makes it ready again once it has long been due; until then it is ready as it is written.
  isRepeat: sql<boolean>`${outbox.readyAt} > ${outbox.dueAt}`,
}

/** Those of a later version are for its own dispatchers: this one has no queue for them. */
const isKnown = inArray(outbox.kind, [...jobKinds])

const takeUnpublished = prepareOnce((db) =>
  db
    .select(message)
    .from(outbox)
    .innerJoin(jobs, isCurrent)
    .where(and(isNull(outbox.publishedAt), isKnown))
    .orderBy(asc(outbox.id))
    .limit(sql.placeholder('limit'))
    .for('update', { of: outbox, skipLocked: true })
    .prepare('unpublished-messages'),
)

/** How long the oldest message that is not published has been ready; 0 without one. Known whether or not it can be published. */
export function readOutboxAge(ledger: Ledger): Promise<number> {
  return query(ledger, async (db) => {
    const oldest = sql<number>`coalesce(greatest(0, extract(epoch from now() - min(${outbox.readyAt})) * 1000), 0)::float8`
    const [row] = await db.select({ oldest }).from(outbox).innerJoin(jobs, isCurrent).where(isNull(outbox.publishedAt))
    return row?.oldest ?? 0
  })
}

/**
 * Makes messages unpublished again that were published and due more than `afterMs` ago and whose attempt nobody has claimed: the transport may
 * have lost them, and a repeat does no harm. Returns how many.
 */
export function resendUnclaimed(
  ledger: Ledger,
  { afterMs, limit }: { afterMs: number; limit: number },
): Promise<number> {
  return query(ledger, async (db) => {
    const resent = await makeUnpublished(db).execute({ beforeMs: -Math.round(afterMs), limit })
    return resent.length
  })
}

const makeUnpublished = prepareOnce((db) =>
  db
    .update(outbox)
    .set({ publishedAt: null, readyAt: now })
    .where(inArray(outbox.id, selectUnclaimed(db)))
    .returning({ id: outbox.id })
    .prepare('unclaimed-messages'),
)

function selectUnclaimed(db: Database) {
  const longAgo = sql`now() + ${sql.placeholder('beforeMs')} * interval '1 millisecond'`
  return db
    .select({ id: outbox.id })
    .from(outbox)
    .innerJoin(jobs, isCurrent)
    .where(and(lt(outbox.publishedAt, longAgo), lt(outbox.dueAt, longAgo)))
    .limit(sql.placeholder('limit'))
    .for('update', { of: outbox, skipLocked: true })
}
