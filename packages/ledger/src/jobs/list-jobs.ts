import type { JobKind, JobState } from '@stevedore/contract'
import { and, desc, eq, isNull, lt, or, type SQL } from 'drizzle-orm'
import type { Ledger } from '../foundation/ledger.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query } from '../foundation/transact.ts'
import { type Job, toJob } from './job.ts'

interface JobFilter {
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
export function listJobs(ledger: Ledger, { limit, scope, ...filter }: JobFilter): Promise<Job[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(jobs)
      .where(and(isSought(filter), scope && isWithin(scope)))
      .orderBy(desc(jobs.seq))
      .limit(limit)
    return rows.map(toJob)
  })
}

function isSought({ app, environment, kind, state, before }: Omit<JobFilter, 'limit' | 'scope'>): SQL | undefined {
  return and(
    app === undefined ? undefined : eq(jobs.app, app),
    environment === undefined ? undefined : eq(jobs.environment, environment),
    kind === undefined ? undefined : eq(jobs.kind, kind),
    state === undefined ? undefined : eq(jobs.state, state),
    before === undefined ? undefined : lt(jobs.seq, before),
  )
}

/** What belongs to the app as a whole is seen from each of its environments. */
function isWithin({ app, environment }: NonNullable<JobFilter['scope']>): SQL | undefined {
  return and(
    app === null ? undefined : eq(jobs.app, app),
    environment === null ? undefined : or(isNull(jobs.environment), eq(jobs.environment, environment)),
  )
}

export function getJob(ledger: Ledger, id: string): Promise<Job | undefined> {
  return query(ledger, async (db) => {
    const [row] = await db.select().from(jobs).where(eq(jobs.id, id))
    return row && toJob(row)
  })
}
