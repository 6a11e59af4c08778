import type { JobKind, JobState } from '@stevedore/contract'
import { and, desc, eq, isNull, lt, or } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import { type Job, toJob } from './job.ts'
import type { Ledger } from './ledger.ts'
import { countBefore, readLine } from './line.ts'
import { jobs } from './schema/jobs.ts'
import { query } from './transact.ts'

export interface JobFilter {
  app?: string
  environment?: string
  kind?: JobKind
  state?: JobState
  limit: number
  /** Only jobs recorded before the one with this `seq`. */
  before?: number
  /** What the caller may see; null stands for all. */
  scope?: { app: string | null; environment: string | null }
}

/** Newest first. */
export function listJobs(ledger: Ledger, o: JobFilter): Promise<Job[]> {
  const equal = (column: AnyPgColumn, value: string | null | undefined) =>
    value === undefined || value === null ? undefined : eq(column, value)
  // What belongs to the app as a whole is seen from each of its environments.
  const seenFrom = (environment: string | null | undefined) =>
    environment ? or(isNull(jobs.environment), eq(jobs.environment, environment)) : undefined
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(jobs)
      .where(
        and(
          equal(jobs.app, o.app),
          equal(jobs.environment, o.environment),
          equal(jobs.kind, o.kind),
          equal(jobs.state, o.state),
          equal(jobs.app, o.scope?.app),
          seenFrom(o.scope?.environment),
          o.before === undefined ? undefined : lt(jobs.seq, o.before),
        ),
      )
      .orderBy(desc(jobs.seq))
      .limit(o.limit)
    return rows.map(toJob)
  })
}

export function getJob(ledger: Ledger, id: string): Promise<Job | undefined> {
  return query(ledger, async (db) => {
    const [row] = await db.select().from(jobs).where(eq(jobs.id, id))
    return row && toJob(row)
  })
}

/** How many jobs go before this one in its environment; null when it stands in no line, or not yet. */
export function getPlaceInLine(ledger: Ledger, job: Job): Promise<number | null> {
  const { id, app, environment } = job
  if (environment === null) return Promise.resolve(null)
  return query(ledger, async (db) => countBefore(await readLine(db, { app, environment }), id))
}
