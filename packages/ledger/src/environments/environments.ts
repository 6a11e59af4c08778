import type { ObservationView } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import { and, asc, eq, isNotNull, isNull, or, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { prepareOnce } from '../foundation/prepare-once.ts'
import { type EnvironmentRow, environments, revisions } from '../foundation/schema/environments.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'
import { type EnvironmentKey, isEnvironment } from '../line/line.ts'
import { lockKnownEnvironment } from '../line/lock.ts'

export interface EnvironmentRecord {
  app: string
  environment: string
  /** The deploy or rollback that holds it. */
  activeJobId: string | null
  currentRevision: number | null
  /** The highest number that this ledger gave or saw; what is above it, another ledger gave. */
  lastRevision: number
  pinnedBy: string | null
  pinnedAt: Date | null
  /** Revisions that still run without traffic. */
  warm: { revision: number; until: Date }[]
  /** What an engine last saw. */
  observed: ObservationView | null
  observedAt: Date | null
}

function toRecord({ warm, ...row }: EnvironmentRow): EnvironmentRecord {
  return { ...row, warm: warm.map(({ revision, until }) => ({ revision, until: new Date(until) })) }
}

/** undefined until something is deployed to it for the first time. */
export function getEnvironment(
  ledger: Ledger,
  app: string,
  environment: string,
): Promise<EnvironmentRecord | undefined> {
  return query(ledger, async (db) => {
    const [row] = await selectEnvironment(db).execute({ app, environment })
    return row && toRecord(row)
  })
}

const selectEnvironment = prepareOnce((db) => {
  const [app, environment] = [sql.placeholder('app'), sql.placeholder('environment')]
  return db
    .select()
    .from(environments)
    .where(and(eq(environments.app, app), eq(environments.environment, environment)))
    .prepare('environment')
})

export function listEnvironments(ledger: Ledger, app?: string): Promise<EnvironmentRecord[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(environments)
      .where(app === undefined ? undefined : eq(environments.app, app))
      .orderBy(asc(environments.app), asc(environments.environment))
    return rows.map(toRecord)
  })
}

/** Lets triggers deploy again. Nothing to do when it is not pinned. */
export function unpinEnvironment(ledger: Ledger, { app, environment, by }: EnvironmentKey & { by: By }): Promise<void> {
  return transact(ledger, async (tx) => {
    const found = await lockKnownEnvironment(tx, { app, environment })
    if (found && found.pinnedBy !== null) await unpin(tx, { app, environment }, by)
  })
}

/** The environment is locked already. @param jobId the deploy that ended the pin */
export async function unpin(tx: Transaction, key: EnvironmentKey, by: By, jobId?: string): Promise<void> {
  const { app, environment } = key
  await tx.db.update(environments).set({ pinnedBy: null, pinnedAt: null }).where(isEnvironment(key))
  tx.record({ by, action: 'environment.unpinned', app, environment, jobId })
}

/**
 * Of an environment that runs something, or of which the newest revision never came to serve and left something behind. Not of one that
 * was taken down: what was seen of it was seen before. Where nothing runs and nothing is seen, what was seen before is over.
 * @param whileRan the revision that it ran before the look began, null for none: where that has changed, what was seen is of the past and
 * left out. Absent where nobody else changes it meanwhile.
 */
export function recordObservation(
  ledger: Ledger,
  { app, environment, observed, whileRan }: EnvironmentKey & { observed: ObservationView; whileRan?: number | null },
): Promise<void> {
  const isUnserved = sql`exists (
    select 1 from ${revisions}
    where ${revisions.app} = ${environments.app} and ${revisions.environment} = ${environments.environment}
      and ${revisions.number} = ${environments.lastRevision} and ${revisions.state} in ('pending', 'failed'))`
  const isLeft = observed.replicas.length > 0 || Object.keys(observed.traffic).length > 0
  const { currentRevision } = environments
  const isAsLookedAt = whileRan === undefined ? undefined : sql`${currentRevision} is not distinct from ${whileRan}`
  const key = and(isEnvironment({ app, environment }), isAsLookedAt)
  return query(ledger, async (db) => {
    await db
      .update(environments)
      .set({ observed, observedAt: now })
      .where(and(key, or(isNotNull(currentRevision), isLeft ? isUnserved : undefined)))
    if (isLeft) return
    await db
      .update(environments)
      .set({ observed: null, observedAt: null })
      .where(and(key, isNull(currentRevision), isNotNull(environments.observed)))
  })
}

/** Warm revisions whose time is over, where no job is at work. */
export function findColdColours(ledger: Ledger): Promise<(EnvironmentKey & { revision: number })[]> {
  const warm = sql`jsonb_to_recordset(${environments.warm}) as w(revision int, until timestamptz)`
  const { app, environment } = environments
  return query(ledger, (db) =>
    db
      .select({ app, environment, revision: sql<number>`w.revision` })
      .from(environments)
      .innerJoin(warm, sql`w.until <= now()`)
      .where(isNull(environments.activeJobId)),
  )
}

/** Takes a revision off the warm list, for its removal; false when another caller did, or a job is at work here. */
export function takeWarm(
  ledger: Ledger,
  { app, environment, revision }: EnvironmentKey & { revision: number },
): Promise<boolean> {
  return transact(ledger, async (tx) => {
    const found = await lockKnownEnvironment(tx, { app, environment })
    const rest = found?.warm.filter((colour) => colour.revision !== revision)
    if (!found || !rest || found.activeJobId !== null || rest.length === found.warm.length) return false
    await tx.db.update(environments).set({ warm: rest }).where(isEnvironment({ app, environment }))
    return true
  })
}
