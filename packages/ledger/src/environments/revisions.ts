import { isDeepStrictEqual } from 'node:util'
import { applyScale, type EnvironmentSpec, type JobMessage, type RevisionState, type Scale } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { and, desc, eq, getTableColumns, inArray, isNotNull, or, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import type { SecretVersion } from '../foundation/schema/access.ts'
import { environments, revisions } from '../foundation/schema/environments.ts'
import { query, type Transaction } from '../foundation/transact.ts'
import { withFencedEnvironment } from '../jobs/fence.ts'
import { type EnvironmentKey, isEnvironment } from '../line/line.ts'

/** Immutable but for its state and its scale: what runs, under which settings. */
export interface Revision {
  app: string
  environment: string
  number: number
  /** `REGISTRY/NAME@sha256:…`; of an image that has no registry its id, `sha256:…`. */
  image: string
  version: string
  /** null where its deploy did not know it: an image that was given by its digest. */
  target: string | null
  /** With the counts of its scale. */
  settings: EnvironmentSpec
  /** Counts of replicas that were asked for since it was made; null where those of its spec hold. */
  scale: Scale | null
  specVersion: number
  strategy: string
  /** The values of its secrets that it runs with, by name; [] where that was not recorded. */
  secrets: SecretVersion[]
  /** The limit of memory where its settings name none; null for none. */
  defaultMemory: string | null
  state: RevisionState
  /** `deploy`, `restart of N`, `adopted`, or in old rows `rollback to N`. */
  cause: string
  jobId: string
  createdBy: string
  createdAt: Date
  /** When it last began to serve. */
  activatedAt: Date | null
}

type NewRevision = Pick<Revision, 'image' | 'version' | 'settings' | 'specVersion' | 'strategy' | 'cause'> & {
  defaultMemory?: string | null | undefined
} & Partial<Pick<Revision, 'secrets' | 'scale' | 'target'>>

/** The target is what the deploy that made the revision was of, if it knew one: rows that are older than any talk of targets have it as well. */
const columns = {
  ...getTableColumns(revisions),
  target: sql<
    string | null
  >`coalesce(${revisions.target}, (select j.payload ->> 'target' from jobs j where j.id = ${revisions.jobId}))`,
}

function toRevision(row: Revision): Revision {
  return { ...row, settings: applyScale(row.settings, row.scale) }
}

/** Numbers the next revision of an environment; the same job gets the same revision again. Throws StaleFenceError. */
export function createRevision(
  ledger: Ledger,
  given: JobMessage & EnvironmentKey & NewRevision & { by: By },
): Promise<Revision> {
  const { app, environment, jobId, image, version, cause, by } = given
  return withFencedEnvironment(ledger, given, async (tx, job, { lastRevision }) => {
    const [earlier] = await tx.db.select(columns).from(revisions).where(eq(revisions.jobId, jobId))
    if (earlier) return toRevision(earlier)
    const number = lastRevision + 1
    await tx.db.update(environments).set({ lastRevision: number }).where(isEnvironment({ app, environment }))
    tx.record({ by, action: 'revision.created', app, environment, jobId, detail: { number, image, version, cause } })
    return insertRevision(tx, { ...given, number, createdBy: job.requestedBy })
  })
}

async function insertRevision(
  tx: Transaction,
  given: EnvironmentKey & NewRevision & Pick<Revision, 'number' | 'jobId' | 'createdBy'>,
): Promise<Revision> {
  const { app, environment, number, image, version, settings, specVersion, strategy, cause, jobId, createdBy } = given
  const made = { app, environment, number, image, version, settings, specVersion, strategy, cause, jobId, createdBy }
  const { defaultMemory = null, secrets = [], scale = null, target = null } = given
  const rows = await tx.db
    .insert(revisions)
    .values({ ...made, defaultMemory, secrets, scale, target, state: 'pending' })
    .returning(columns)
  return toRevision(takeOnly(rows, `revision ${number} of ${app}/${environment}`))
}

export function getRevision(
  ledger: Ledger,
  app: string,
  environment: string,
  number: number,
): Promise<Revision | undefined> {
  return query(ledger, async (db) => {
    const [found] = await db.select(columns).from(revisions).where(isRevision({ app, environment, number }))
    return found && toRevision(found)
  })
}

/** What runs in an environment or, where nothing does, what was last meant to: it may have left something behind. */
export function findDeployed(ledger: Ledger, key: EnvironmentKey): Promise<Revision | undefined> {
  const isOwn = and(eq(environments.app, revisions.app), eq(environments.environment, revisions.environment))
  return query(ledger, async (db) => {
    const [found] = await db
      .select(columns)
      .from(revisions)
      .innerJoin(environments, isOwn)
      .where(isEnvironment(key))
      .orderBy(sql`${revisions.number} is distinct from ${environments.currentRevision}`, desc(revisions.number))
      .limit(1)
    return found && toRevision(found)
  })
}

/** Environments that run something or have a job at work: with the settings of what runs, null where nothing does yet. */
export function listRunning(
  ledger: Ledger,
): Promise<(EnvironmentKey & { settings: EnvironmentSpec | null; activeJobId: string | null })[]> {
  const { app, environment, currentRevision, activeJobId } = environments
  const isOwn = and(eq(revisions.app, app), eq(revisions.environment, environment))
  return query(ledger, async (db) => {
    const rows = await db
      .select({ app, environment, activeJobId, settings: revisions.settings, scale: revisions.scale })
      .from(environments)
      .leftJoin(revisions, and(isOwn, eq(revisions.number, currentRevision)))
      .where(or(isNotNull(currentRevision), isNotNull(activeJobId)))
    return rows.map(({ settings, scale, ...row }) => ({ ...row, settings: settings && applyScale(settings, scale) }))
  })
}

export function isOfEnvironment({ app, environment }: EnvironmentKey) {
  return and(eq(revisions.app, app), eq(revisions.environment, environment))
}

export function isRevision({ number, ...key }: EnvironmentKey & { number: number }) {
  return and(isOfEnvironment(key), eq(revisions.number, number))
}

/** Of these numbers, those that a deploy of this ledger gave; by whether they ever came to serve. */
export function listGiven(
  ledger: Ledger,
  { app, environment, numbers }: EnvironmentKey & { numbers: readonly number[] },
): Promise<{ number: number; served: boolean }[]> {
  const isAsked = and(isOfEnvironment({ app, environment }), inArray(revisions.number, [...numbers]))
  return query(ledger, async (db) => {
    if (numbers.length === 0) return []
    const rows = await db.select(getTableColumns(revisions)).from(revisions).where(isAsked)
    return rows.map(({ number, state, activatedAt, cause }) => {
      return { number, served: activatedAt !== null || isMadeServing(cause) || !['pending', 'failed'].includes(state) }
    })
  })
}

/** What a deploy or a restart makes serves only later, if ever. */
function isMadeServing(cause: string): boolean {
  return cause !== 'deploy' && !cause.startsWith('restart of ')
}

/** Newest first. */
export function listRevisions(
  ledger: Ledger,
  { app, environment, limit }: EnvironmentKey & { limit?: number },
): Promise<Revision[]> {
  return query(ledger, async (db) => {
    const rows = db
      .select(columns)
      .from(revisions)
      .where(isOfEnvironment({ app, environment }))
      .orderBy(desc(revisions.number))
    return (await (limit === undefined ? rows : rows.limit(limit))).map(toRevision)
  })
}

/** The revision never came to serve. Throws StaleFenceError. */
export function failRevision(
  ledger: Ledger,
  { app, environment, number, jobId, attempt, by }: JobMessage & EnvironmentKey & { number: number; by: By },
): Promise<void> {
  return withFencedEnvironment(ledger, { jobId, attempt, app, environment }, async (tx) => {
    const failed = await tx.db
      .update(revisions)
      .set({ state: 'failed' })
      .where(and(isRevision({ app, environment, number }), eq(revisions.state, 'pending')))
      .returning({ number: revisions.number })
    if (failed.length > 0) tx.record({ by, action: 'revision.failed', app, environment, jobId, detail: { number } })
  })
}

/** Gives a revision counts of replicas that go before those of its settings; others that it was given before stay. Throws StaleFenceError. */
export function scaleRevision(
  ledger: Ledger,
  given: JobMessage & EnvironmentKey & { number: number; scale: Scale; by: By },
): Promise<void> {
  const { app, environment, number, jobId, by } = given
  return withFencedEnvironment(ledger, given, async (tx) => {
    const [found] = await tx.db.select({ scale: revisions.scale }).from(revisions).where(isRevision(given))
    const scale = { ...found?.scale, ...given.scale }
    if (!found || isDeepStrictEqual(found.scale, scale)) return
    await tx.db.update(revisions).set({ scale }).where(isRevision(given))
    tx.record({ by, action: 'revision.scaled', app, environment, jobId, detail: { number, scale } })
  })
}
