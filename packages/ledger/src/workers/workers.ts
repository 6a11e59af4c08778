import type { JobKind } from '@stevedore/contract'
import { asc, eq, gt, lt, sql } from 'drizzle-orm'
import { fromNow, now } from '../foundation/clock.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { workers } from '../foundation/schema/workers.ts'
import { query } from '../foundation/transact.ts'

/** A site that does not answer, since when, and what its engine said last. */
export interface Absence {
  site: string
  since: Date
  reason: string
}

export interface WorkerRecord {
  id: string
  kinds: JobKind[]
  sites: string[]
  away: Absence[]
  startedAt: Date
  seenAt: Date
}

/** One that has said nothing for this long is not counted on any more: as a lease, some beats may be missed. */
const liveMs = 10_000
const forgottenMs = 3_600_000

/** Tells that a worker lives, and what it can do. Rows of those that are long gone go. */
export function reportWorker(
  ledger: Ledger,
  { id, kinds, sites, away }: Pick<WorkerRecord, 'id' | 'sites' | 'away'> & { kinds: readonly JobKind[] },
): Promise<void> {
  const told = {
    kinds: [...kinds],
    sites,
    away: away.map(({ since, ...absence }) => ({ ...absence, since: since.toISOString() })),
  }
  return query(ledger, async (db) => {
    await db
      .insert(workers)
      .values({ id, ...told })
      .onConflictDoUpdate({ target: workers.id, set: { ...told, seenAt: now } })
    await db.delete(workers).where(lt(workers.seenAt, fromNow(-forgottenMs)))
  })
}

/** A worker that stops is counted on no more from then on. */
export function forgetWorker(ledger: Ledger, id: string): Promise<void> {
  return query(ledger, async (db) => {
    await db.delete(workers).where(eq(workers.id, id))
  })
}

/** Those that have told of themselves lately, the oldest first. */
export function listWorkers(ledger: Ledger): Promise<WorkerRecord[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(workers)
      .where(gt(workers.seenAt, fromNow(-liveMs)))
      .orderBy(asc(workers.startedAt), asc(sql`${workers.id} collate "C"`))
    return rows.map((row) => ({
      ...row,
      kinds: row.kinds as JobKind[],
      away: row.away.map(({ since, ...absence }) => ({ ...absence, since: new Date(since) })),
    }))
  })
}
