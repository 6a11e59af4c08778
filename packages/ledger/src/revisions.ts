import type { EnvironmentSpec, JobMessage, RevisionState } from '@stevedore/contract'
import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm'
import type { By } from './audit/append-audit.ts'
import { withFencedEnvironment } from './fence.ts'
import type { Ledger } from './ledger.ts'
import { type EnvironmentKey, isEnvironment } from './line.ts'
import { environments } from './schema/environments.ts'
import { revisions } from './schema/revisions.ts'
import { query } from './transact.ts'

/** Immutable but for its state: what runs, under which settings. */
export interface Revision {
  app: string
  environment: string
  number: number
  image: string
  version: string
  settings: EnvironmentSpec
  specVersion: number
  strategy: string
  state: RevisionState
  /** `deploy`, or `rollback to N`. */
  cause: string
  jobId: string
  createdBy: string
  createdAt: Date
  /** When it last began to serve. */
  activatedAt: Date | null
}

type NewRevision = Pick<Revision, 'image' | 'version' | 'settings' | 'specVersion' | 'strategy' | 'cause'>

/**
 * Numbers the next revision of an environment; the same job gets the same revision again. Throws StaleFenceError.
 * @param o.above a number that is taken although this ledger does not know it: it may be an older copy of the one that gave it
 */
export function createRevision(
  ledger: Ledger,
  o: JobMessage & EnvironmentKey & NewRevision & { above?: number; by: By },
): Promise<Revision> {
  const { app, environment, jobId, by, image, version, settings, specVersion, strategy, cause } = o
  return withFencedEnvironment(ledger, o, async (tx, job, place) => {
    const [earlier] = await tx.db.select().from(revisions).where(eq(revisions.jobId, jobId))
    if (earlier) return earlier
    const number = Math.max(place.lastRevision, o.above ?? 0) + 1
    await tx.db.update(environments).set({ lastRevision: number }).where(isEnvironment(o))
    const [made] = await tx.db
      .insert(revisions)
      .values({
        ...{ app, environment, number, image, version, settings, specVersion, strategy, cause, jobId },
        state: 'pending',
        createdBy: job.requestedBy,
      })
      .returning()
    tx.record({ by, action: 'revision.created', app, environment, jobId, detail: { number, image, version, cause } })
    return made as Revision
  })
}

export function getRevision(
  ledger: Ledger,
  app: string,
  environment: string,
  number: number,
): Promise<Revision | undefined> {
  return query(ledger, async (db) => {
    const [found] = await db.select().from(revisions).where(isRevision({ app, environment, number }))
    return found
  })
}

/** What runs in an environment or, where nothing does, what was last meant to: it may have left something behind. */
export function findDeployed(ledger: Ledger, o: EnvironmentKey): Promise<Revision | undefined> {
  return query(ledger, async (db) => {
    const [found] = await db
      .select(getTableColumns(revisions))
      .from(revisions)
      .innerJoin(
        environments,
        and(eq(environments.app, revisions.app), eq(environments.environment, revisions.environment)),
      )
      .where(isEnvironment(o))
      .orderBy(sql`${revisions.number} is distinct from ${environments.currentRevision}`, desc(revisions.number))
      .limit(1)
    return found
  })
}

export function isRevision(o: EnvironmentKey & { number: number }) {
  return and(eq(revisions.app, o.app), eq(revisions.environment, o.environment), eq(revisions.number, o.number))
}

/** Newest first. */
export function listRevisions(ledger: Ledger, o: EnvironmentKey & { limit?: number }): Promise<Revision[]> {
  return query(ledger, (db) => {
    const rows = db
      .select()
      .from(revisions)
      .where(and(eq(revisions.app, o.app), eq(revisions.environment, o.environment)))
      .orderBy(desc(revisions.number))
    return o.limit === undefined ? rows : rows.limit(o.limit)
  })
}

/** The revision never came to serve. Throws StaleFenceError. */
export function failRevision(
  ledger: Ledger,
  o: JobMessage & EnvironmentKey & { number: number; by: By },
): Promise<void> {
  const { app, environment, number, jobId, by } = o
  return withFencedEnvironment(ledger, o, async (tx) => {
    const failed = await tx.db
      .update(revisions)
      .set({ state: 'failed' })
      .where(and(isRevision(o), sql`${revisions.state} = 'pending'`))
      .returning({ number: revisions.number })
    if (failed.length > 0) tx.record({ by, action: 'revision.failed', app, environment, jobId, detail: { number } })
  })
}
