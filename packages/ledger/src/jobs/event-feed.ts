import { type JobEvent, type JobKind, jobEvent, readStored, shapeOf } from '@stevedore/contract'
import { and, asc, eq, gt, lte, max, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { events } from '../foundation/schema/attempts.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query } from '../foundation/transact.ts'

const storedEvent = shapeOf(jobEvent)

/** An event among those of all jobs. */
export interface FeedEvent {
  /** Its place among all: given before its transaction commits, so that a lower one may still come. */
  position: number
  app: string
  environment: string | null
  jobKind: JobKind
  event: JobEvent
}

/** How far the events of all jobs are known. */
export interface FeedState {
  /** None at or before this position is still to come. */
  known: number
  /** Where a position has no event: once these transactions have ended, none comes at or before `upTo` any more. */
  doubt?: { upTo: number; writers: readonly string[] }
}

/** The events of all jobs after a position, in order. One at a lower position than the last may still come. */
export function readFeed(
  ledger: Ledger,
  { after, upTo, limit }: { after: number; upTo?: number; limit: number },
): Promise<FeedEvent[]> {
  const { position } = events
  return query(ledger, async (db) => {
    const rows = await db
      .select({ row: events, app: jobs.app, environment: jobs.environment, jobKind: jobs.kind })
      .from(events)
      .innerJoin(jobs, eq(jobs.id, events.jobId))
      .where(and(gt(position, after), upTo === undefined ? undefined : lte(position, upTo)))
      .orderBy(asc(position))
      .limit(limit)
    return rows.map(({ row: { at, position, ...row }, ...place }) => ({
      ...place,
      position: position ?? 0,
      event: readStored('events.data', storedEvent, { ...row, at: at.toISOString() }),
    }))
  })
}

/** The highest position that an event can be seen at; 0 where there is none. */
export function findFeedEnd(ledger: Ledger): Promise<number> {
  return query(ledger, async (db) => {
    const [found] = await db.select({ end: max(events.position) }).from(events)
    return found?.end ?? 0
  })
}

/**
 * The transactions that may have written events and not yet ended: to write takes a lock on the table before a position, and keeps it
 * until after the commit.
 */
export function listEventWriters(ledger: Ledger): Promise<string[]> {
  return query(ledger, async (db) => {
    const { rows } = await db.execute<{ writer: string }>(sql`
      select virtualtransaction as writer from pg_locks
      where locktype = 'relation' and relation = 'events'::regclass and mode = 'RowExclusiveLock' and granted
        and database = (select oid from pg_database where datname = current_database())`)
    return rows.map(({ writer }) => writer)
  })
}

/** Whether one of these transactions goes on. */
export async function isWriting(ledger: Ledger, writers: readonly string[]): Promise<boolean> {
  if (writers.length === 0) return false
  const now = await listEventWriters(ledger)
  return writers.some((writer) => now.includes(writer))
}

/** The next events of which it is known that none will come before them, and how far all is known then. */
export async function advanceFeed(
  ledger: Ledger,
  { known, doubt }: FeedState,
  limit: number,
): Promise<{ events: FeedEvent[]; state: FeedState }> {
  // Asked before the reading: what these have written is seen by it.
  const sure = doubt && !(await isWriting(ledger, doubt.writers)) ? doubt.upTo : known
  const found = await readFeed(ledger, { after: known, limit })
  const taken = takeSure(found, known, sure)
  const reached = taken.at(-1)?.position ?? known
  const last = found.at(-1)?.position ?? known
  if (last === reached) return { events: taken, state: { known: reached } }
  if (doubt && sure === known && doubt.upTo > reached) return { events: taken, state: { known: reached, doubt } }
  // Asked after it: who wrote at a position below and was not seen has either ended since, or is among these.
  return { events: taken, state: { known: reached, doubt: { upTo: last, writers: await listEventWriters(ledger) } } }
}

/** Those up to where nothing more comes, and those that follow without a gap. */
export function takeSure<E extends { position: number }>(found: readonly E[], known: number, sure: number): E[] {
  let reached = known
  const end = found.findIndex(({ position }) => {
    const follows = position <= sure || position === reached + 1
    if (follows) reached = position
    return !follows
  })
  return end === -1 ? [...found] : found.slice(0, end)
}
