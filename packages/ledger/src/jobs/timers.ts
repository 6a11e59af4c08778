import type { JobKind } from '@stevedore/contract'
import { now } from '../foundation/clock.ts'
import { and, asc, count, eq, isNotNull, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { prepareOnce } from '../foundation/prepare-once.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query } from '../foundation/transact.ts'
import type { Job } from './job.ts'

/** As much of a job as its upkeep needs. Its documents are not read: one that cannot be must not hold the others up. */
export type JobInUpkeep = Pick<Job, 'id' | 'kind' | 'attempt' | 'losses' | 'maxLosses' | 'workerId' | 'correlationId'>

const { id, kind, attempt, losses, maxLosses, workerId, correlationId } = jobs
const columns = { id, kind, attempt, losses, maxLosses, workerId, correlationId }

/** Running jobs whose lease has run out: their worker is gone, or must behave as if. */
export function findLostJobs(ledger: Ledger, { limit }: { limit: number }): Promise<JobInUpkeep[]> {
  return query(ledger, (db) => selectLost(db).execute({ limit }))
}

const selectLost = prepareOnce((db) =>
  db
    .select(columns)
    .from(jobs)
    .where(and(eq(jobs.state, 'running'), sql`${jobs.leaseUntil} <= now()`))
    .orderBy(asc(jobs.leaseUntil))
    .limit(sql.placeholder('limit'))
    .prepare('lost-jobs'),
)

const hasTimer = and(eq(jobs.state, 'waiting'), isNotNull(jobs.dueAt))

/** Waiting jobs whose time has come. */
export function findDueJobs(ledger: Ledger, { limit }: { limit: number }): Promise<JobInUpkeep[]> {
  return query(ledger, (db) => selectDue(db).execute({ limit }))
}

const selectDue = prepareOnce((db) =>
  db
    .select(columns)
    .from(jobs)
    .where(and(hasTimer, sql`${jobs.dueAt} <= now()`))
    .orderBy(asc(jobs.dueAt))
    .limit(sql.placeholder('limit'))
    .prepare('due-jobs'),
)

/** How many jobs wait for an approval, and how long ago the oldest of them was recorded; 0 without one. */
export function readApprovals(ledger: Ledger): Promise<{ waiting: number; oldestMs: number }> {
  return query(ledger, async (db) => {
    const oldestMs = sql<number>`coalesce(extract(epoch from now() - min(${jobs.createdAt})) * 1000, 0)::float8`
    const [row] = await db
      .select({ waiting: count(), oldestMs })
      .from(jobs)
      .where(and(eq(jobs.state, 'waiting'), eq(jobs.waitingFor, 'approval')))
    return row ?? { waiting: 0, oldestMs: 0 }
  })
}

/** How long the oldest queued job of each kind has been waiting; kinds without one are absent. */
export function readQueueAges(ledger: Ledger): Promise<{ kind: JobKind; oldestMs: number }[]> {
  return query(ledger, (db) =>
    db
      .select({
        kind: jobs.kind,
        oldestMs: sql<number>`(extract(epoch from now() - min(${jobs.queuedAt})) * 1000)::float8`,
      })
      .from(jobs)
      .where(eq(jobs.state, 'queued'))
      .groupBy(jobs.kind),
  )
}

/** Ends the pause of all jobs that wait for an engine: one has come back. Which it was that each waits for shows when it is tried. */
export function hastenJobs(ledger: Ledger): Promise<void> {
  return query(ledger, async (db) => {
    await db
      .update(jobs)
      .set({ dueAt: now })
      .where(and(hasTimer, eq(jobs.waitingFor, 'engine'), sql`${jobs.dueAt} > now()`))
  })
}
