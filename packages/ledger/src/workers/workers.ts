import type { JobKind } from '@stevedore/contract'
import { fromNow, now } from '../foundation/clock.ts'
import { and, asc, count, eq, gt, isNotNull, lt, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
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
  /** Null of an older worker, like its concurrency. */
  version: string | null
  /** None while it drains. */
  kinds: JobKind[]
  /** How many jobs of each kind it runs at a time. */
  concurrency: number | null
  sites: string[]
  away: Absence[]
  startedAt: Date
  seenAt: Date
}

/** One that has said nothing for this long is not counted on any more: as a lease, some beats may be missed. */
const liveMs = 10_000
const forgottenMs = 3_600_000

/** What a worker tells of itself. */
type WorkerReport = Pick<WorkerRecord, 'id' | 'version' | 'concurrency' | 'sites' | 'away'> & {
  kinds: readonly JobKind[]
}

/** Tells that a worker lives, and what it can do. Rows of those that are long gone go. */
export function reportWorker(ledger: Ledger, { id, kinds, away, ...more }: WorkerReport): Promise<void> {
  const told = {
    ...more,
    kinds: [...kinds],
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

const isLive = gt(workers.seenAt, fromNow(-liveMs))
const oldestFirst = [asc(workers.startedAt), asc(sql`${workers.id} collate "C"`)]

/** Those that have told of themselves lately, the oldest first. */
export function listWorkers(ledger: Ledger): Promise<WorkerRecord[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(workers)
      .where(isLive)
      .orderBy(...oldestFirst)
    return rows.map(readWorker)
  })
}

/** A worker as people are told of it. */
export interface KnownWorker extends WorkerRecord {
  /** It has told of itself lately. One that has not may be lost, or not reach the ledger. */
  live: boolean
  /** How many jobs it has under a lease. */
  running: number
}

/** Those that live and those that were lost within the hour, the oldest first. One that stopped as it should is in it no more. */
export function listKnownWorkers(ledger: Ledger): Promise<KnownWorker[]> {
  return query(ledger, async (db) => {
    const held = db
      .select({ workerId: jobs.workerId, running: count().as('running') })
      .from(jobs)
      .where(and(eq(jobs.state, 'running'), isNotNull(jobs.workerId)))
      .groupBy(jobs.workerId)
      .as('held')
    const rows = await db
      .select({ worker: workers, live: sql<boolean>`${isLive}`, running: held.running })
      .from(workers)
      .leftJoin(held, eq(held.workerId, workers.id))
      .orderBy(...oldestFirst)
    return rows.map(({ worker, live, running }) => ({ ...readWorker(worker), live, running: running ?? 0 }))
  })
}

function readWorker({ kinds, away, ...row }: typeof workers.$inferSelect): WorkerRecord {
  return {
    ...row,
    kinds: kinds as JobKind[],
    away: away.map(({ since, ...absence }) => ({ ...absence, since: new Date(since) })),
  }
}
