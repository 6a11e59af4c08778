import type { JobKind, JobState, WaitReason } from '@stevedore/contract'
import { and, desc, eq, gte, inArray, isNull, lt, lte, or, type SQL, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { environments } from '../foundation/schema/environments.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query } from '../foundation/transact.ts'
import { type Job, toJob } from './job.ts'

interface JobFilter {
  app?: string
  environment?: string
  kind?: JobKind
  state?: JobState[]
  waitingFor?: WaitReason[]
  /** With `waitingFor`, or alone: kinds that wait in the queue, since no worker takes them. */
  unserved?: JobKind[]
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

function isSought(filter: Omit<JobFilter, 'limit' | 'scope'>): SQL | undefined {
  const { app, environment, kind, state, before } = filter
  return and(
    app === undefined ? undefined : eq(jobs.app, app),
    environment === undefined ? undefined : eq(jobs.environment, environment),
    kind === undefined ? undefined : eq(jobs.kind, kind),
    state === undefined ? undefined : inArray(jobs.state, state),
    waitsSo(filter),
    before === undefined ? undefined : lt(jobs.seq, before),
  )
}

/** The state leads to the few that wait. */
function waitsSo({ waitingFor, unserved }: Pick<JobFilter, 'waitingFor' | 'unserved'>): SQL | undefined {
  return or(
    waitingFor && and(eq(jobs.state, 'waiting'), inArray(jobs.waitingFor, waitingFor)),
    unserved && and(eq(jobs.state, 'queued'), inArray(jobs.kind, unserved)),
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

/** The last deploy or rollback of an environment that ended by itself, if it failed. */
export function findLastFailure(
  ledger: Ledger,
  { app, environment }: { app: string; environment: string },
): Promise<Job | undefined> {
  const isOf = and(eq(jobs.app, app), eq(jobs.environment, environment), eq(jobs.inLine, true))
  return query(ledger, async (db) => {
    const [last] = await db
      .select()
      .from(jobs)
      .where(and(isOf, inArray(jobs.state, ['succeeded', 'failed'])))
      .orderBy(desc(jobs.seq))
      .limit(1)
    return last?.state === 'failed' ? toJob(last) : undefined
  })
}

/** The environments whose last deploy or rollback that ended by itself left them in need of a person. */
export function listAttentionNeeds(ledger: Ledger): Promise<{ app: string; environment: string }[]> {
  return query(ledger, async (db) => {
    const { rows } = await db.execute<{ app: string; environment: string }>(sql`
      select e.app, e.environment from ${environments} e, lateral (
        select j.error ->> 'code' as code from ${jobs} j
        where j.app = e.app and j.environment = e.environment and j.in_line and j.state in ('succeeded', 'failed')
        order by j.seq desc limit 1) as last
      where last.code = 'needs-attention'`)
    return rows
  })
}

const bounds = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'] as const

/**
 * The jobs whose ids begin with a text of hexadecimal digits and dashes, newest first.
 * @param scope what the caller may see; null stands for all
 */
export async function findJobsByPrefix(
  ledger: Ledger,
  { prefix, limit, scope }: { prefix: string; limit: number; scope: NonNullable<JobFilter['scope']> },
): Promise<Job[]> {
  const [first, last] = bounds.map((bound) => prefix.toLowerCase() + bound.slice(prefix.length))
  if (!first || !last || !isUuid(first)) return []
  const isBetween = and(gte(jobs.id, first), lte(jobs.id, last))
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(jobs)
      .where(and(isBetween, isWithin(scope)))
      .orderBy(desc(jobs.seq))
      .limit(limit)
    return rows.map(toJob)
  })
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
