import { type AppSpec, finalStates, ProblemError } from '@stevedore/contract'
import { and, asc, eq, isNotNull, isNull, notInArray } from 'drizzle-orm'
import type { By } from './audit/append-audit.ts'
import { canonicalJson } from './canonical-json.ts'
import type { Database, Ledger } from './ledger.ts'
import { appSpecs, apps } from './schema/apps.ts'
import { environments } from './schema/environments.ts'
import { jobs } from './schema/jobs.ts'
import { now } from './time.ts'
import { query, type Transaction, transact } from './transact.ts'

export interface AppRecord {
  app: string
  specVersion: number
  spec: AppSpec
  /** As in the header, quotes included. */
  etag: string
  declaredBy: string
  declaredAt: Date
  retiredAt: Date | null
}

/**
 * Declares an app. The same spec again changes nothing and leaves no audit entry; a retired app comes back.
 * @param o `ifMatch` as in the header. Throws ProblemError `precondition-failed`
 */
export function putApp(
  ledger: Ledger,
  o: { spec: AppSpec; ifMatch?: string | undefined; by: By },
): Promise<{ app: AppRecord; created: boolean; changed: boolean }> {
  return transact(ledger, async (tx) => {
    const { app } = o.spec
    const made = await tx.db.insert(apps).values({ app, specVersion: 0 }).onConflictDoNothing().returning()
    const old = made.length > 0 ? undefined : await lockCurrent(tx, app)
    const standing = old?.retiredAt === null ? old : undefined
    requireMatch(o.ifMatch, standing)
    if (standing && canonicalJson(standing.spec) === canonicalJson(o.spec))
      return { app: standing, created: false, changed: false }
    const specVersion = (old?.specVersion ?? 0) + 1
    await writeSpec(tx, specVersion, o)
    return { app: (await selectCurrent(tx.db, app)) as AppRecord, created: !standing, changed: true }
  })
}

async function writeSpec(tx: Transaction, specVersion: number, { spec, by }: { spec: AppSpec; by: By }): Promise<void> {
  const { app } = spec
  await tx.db.insert(appSpecs).values({ app, specVersion, spec, declaredBy: by.actor })
  await tx.db.update(apps).set({ specVersion, retiredAt: null }).where(eq(apps.app, app))
  tx.record({ by, action: 'app.declared', app, detail: { specVersion } })
}

function requireMatch(ifMatch: string | undefined, standing: AppRecord | undefined): void {
  if (ifMatch === undefined) return
  const wanted = ifMatch.split(',').map((etag) => etag.trim())
  if (standing && (wanted.includes('*') || wanted.includes(standing.etag))) return
  throw new ProblemError('precondition-failed', standing ? `it is now ${standing.etag}` : 'there is no such app')
}

/** Takes an app out of use; its jobs, images and revisions stay on record. Throws ProblemError `not-found`, `precondition-failed`, `in-use`. */
export function retireApp(ledger: Ledger, o: { app: string; ifMatch?: string; by: By }): Promise<void> {
  const { app, by } = o
  return transact(ledger, async (tx) => {
    // Waits for whoever is recording a job of the app, and they for this.
    await tx.db.select({ app: apps.app }).from(apps).where(eq(apps.app, app)).for('update')
    const standing = await selectCurrent(tx.db, app)
    if (!standing || standing.retiredAt) throw new ProblemError('not-found', `there is no app named ${app}`)
    requireMatch(o.ifMatch, standing)
    const [unfinished] = await tx.db
      .select({ id: jobs.id })
      .from(jobs)
      .where(and(eq(jobs.app, app), notInArray(jobs.state, [...finalStates])))
      .limit(1)
    if (unfinished) throw new ProblemError('in-use', `job ${unfinished.id} is not finished`)
    await refuseRunning(tx, app)
    await tx.db.update(apps).set({ retiredAt: now }).where(eq(apps.app, app))
    tx.record({ by, action: 'app.retired', app })
  })
}

/** No job could be recorded any more that takes down what still runs. */
async function refuseRunning(tx: Transaction, app: string): Promise<void> {
  const running = await tx.db
    .select({ environment: environments.environment })
    .from(environments)
    .where(and(eq(environments.app, app), isNotNull(environments.currentRevision)))
    .orderBy(asc(environments.environment))
  if (running.length === 0) return
  const names = running.map(({ environment }) => environment)
  const commands = names.map((name) => `stevedore remove ${app} ${name}`)
  throw new ProblemError('in-use', `it still runs in ${names.join(', ')}; take it down first: ${commands.join(' && ')}`)
}

/** Retired apps excluded. */
export function getApp(ledger: Ledger, app: string): Promise<AppRecord | undefined> {
  return query(ledger, async (db) => {
    const found = await selectCurrent(db, app)
    return found?.retiredAt === null ? found : undefined
  })
}

/** By name; retired apps only where asked for. */
export function listApps(ledger: Ledger, o: { retired?: boolean } = {}): Promise<AppRecord[]> {
  return query(ledger, async (db) => {
    const rows = await current(db)
      .where(o.retired ? undefined : isNull(apps.retiredAt))
      .orderBy(asc(apps.app))
    return rows.map(toRecord)
  })
}

/** Of a retired app too: its jobs still refer to it. */
export function getSpecVersion(ledger: Ledger, app: string, specVersion: number): Promise<AppSpec | undefined> {
  return query(ledger, async (db) => {
    const [found] = await db
      .select({ spec: appSpecs.spec })
      .from(appSpecs)
      .where(and(eq(appSpecs.app, app), eq(appSpecs.specVersion, specVersion)))
    return found?.spec
  })
}

/** Two declarations take turns; recording a job goes on meanwhile. */
async function lockCurrent(tx: Transaction, app: string): Promise<AppRecord | undefined> {
  await tx.db.select({ app: apps.app }).from(apps).where(eq(apps.app, app)).for('no key update')
  return selectCurrent(tx.db, app)
}

async function selectCurrent(db: Database, app: string): Promise<AppRecord | undefined> {
  const [row] = await current(db).where(eq(apps.app, app))
  return row && toRecord(row)
}

function current(db: Database) {
  return db
    .select({
      app: apps.app,
      specVersion: apps.specVersion,
      spec: appSpecs.spec,
      declaredBy: appSpecs.declaredBy,
      declaredAt: appSpecs.declaredAt,
      retiredAt: apps.retiredAt,
    })
    .from(apps)
    .innerJoin(appSpecs, and(eq(appSpecs.app, apps.app), eq(appSpecs.specVersion, apps.specVersion)))
    .$dynamic()
}

function toRecord(row: Omit<AppRecord, 'etag'>): AppRecord {
  return { ...row, etag: `"${row.specVersion}"` }
}
