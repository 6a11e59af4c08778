import { type AppSpec, listResources, type NamedResource, ProblemError } from '@stevedore/contract'
import { bindCredentials } from '../access/credential-hosts.ts'
import { claimResources, type Denied, lockGrants } from '../access/grants.ts'
import { vouchFor } from '../access/vouched-hosts.ts'
import type { By } from '../foundation/append-audit.ts'
import { asc, eq, isNull } from '../foundation/drizzle.ts'
import { canonicalJson } from '../foundation/json.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import { appSpecs, apps } from '../foundation/schema/apps.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'
import { declareSchedules } from '../schedules/declare-schedules.ts'
import { type AppRecord, selectApp, selectApps, toRecord } from './select-app.ts'

interface Declaration {
  spec: AppSpec
  /** As in the header. */
  ifMatch?: string | undefined
  /** Judges the spec against the one that it replaces, also that of a retired app; what it throws leaves everything as it was. */
  judge?: (old: AppSpec | undefined) => void
  /** Whether it may take namespaces that nobody has. */
  mayOpen?: boolean
  /** Whether the hosts that the spec names may be on private networks from now on, for all apps. */
  vouch?: boolean
  /** Is told what the spec names and the app may not have; what it throws leaves everything as it was. */
  refuse?: (denied: Denied<NamedResource>[]) => void
  by: By
}

export interface Declared {
  app: AppRecord
  created: boolean
  changed: boolean
}

/**
 * Declares an app. The same spec again changes nothing and leaves no audit entry; a retired app comes back.
 * Throws ProblemError `precondition-failed`
 */
export async function putApp(ledger: Ledger, declaration: Declaration): Promise<Declared> {
  return takeOnly(await putApps(ledger, [declaration]), `the app ${declaration.spec.app}`)
}

/** The same of several, each named once: all of them or none. What one gives up another may take. */
export function putApps(ledger: Ledger, declarations: readonly Declaration[]): Promise<Declared[]> {
  return transact(ledger, async (tx) => {
    const held = await holdAll(tx, declarations)
    for (const one of held) judgeHeld(one)
    await vouchFor(
      tx,
      declarations.flatMap(({ spec, vouch }) => (vouch ? [spec] : [])),
    )
    // Whose a resource is follows from what all apps are declared with: it is asked once all of these are.
    await lockGrants(tx)
    const declared = await declareAll(tx, held)
    for (const { declaration } of held) await claim(tx, declaration)
    return declared
  })
}

interface Held {
  declaration: Declaration
  /** As it was declared last, be it retired. */
  old: AppRecord | undefined
}

/** In the order of their names: of two that declare the same ones, the second waits for the first and holds nothing that it needs. */
async function holdAll(tx: Transaction, declarations: readonly Declaration[]): Promise<Held[]> {
  const held: Held[] = []
  for (const declaration of declarations.toSorted((a, b) => (a.spec.app < b.spec.app ? -1 : 1)))
    held.push({ declaration, old: await holdDeclaration(tx, declaration.spec.app) })
  return held
}

function judgeHeld({ declaration: { judge, ifMatch }, old }: Held): void {
  judge?.(old?.spec)
  requireMatch(ifMatch, standingOf(old))
}

function standingOf(old: AppRecord | undefined): AppRecord | undefined {
  return old?.retiredAt === null ? old : undefined
}

async function declareAll(tx: Transaction, held: readonly Held[]): Promise<Declared[]> {
  const declared: Declared[] = []
  for (const one of held) declared.push(await declare(tx, one))
  return declared
}

async function declare(tx: Transaction, { declaration: { spec, by }, old }: Held): Promise<Declared> {
  const standing = standingOf(old)
  if (standing && canonicalJson(standing.spec) === canonicalJson(spec))
    return { app: standing, created: false, changed: false }
  // What was never bound is so by what stands, before another spec can name another host.
  await bindCredentials(tx, by)
  const app = await writeSpec(tx, { spec, specVersion: (old?.specVersion ?? 0) + 1, by })
  await bindCredentials(tx, by)
  return { app, created: !standing, changed: true }
}

async function claim(tx: Transaction, { spec, mayOpen = true, refuse, by }: Declaration): Promise<void> {
  const denied = await claimResources(tx, { app: spec.app, wanted: listResources(spec), mayOpen, by })
  if (denied.length > 0) refuse?.(denied)
}

/** The app as it stands; undefined for a new one. Two declarations take turns; recording a job goes on meanwhile. */
async function holdDeclaration(tx: Transaction, app: string): Promise<AppRecord | undefined> {
  const made = await tx.db.insert(apps).values({ app, specVersion: 0 }).onConflictDoNothing().returning()
  if (made.length > 0) return undefined
  await tx.db.select({ app: apps.app }).from(apps).where(eq(apps.app, app)).for('no key update')
  return selectApp(tx.db, app)
}

async function writeSpec(
  tx: Transaction,
  { spec, specVersion, by }: { spec: AppSpec; specVersion: number; by: By },
): Promise<AppRecord> {
  const { app } = spec
  await tx.db.insert(appSpecs).values({ app, specVersion, spec, declaredBy: by.actor })
  await tx.db.update(apps).set({ specVersion, retiredAt: null }).where(eq(apps.app, app))
  await declareSchedules(tx, spec)
  tx.record({ by, action: 'app.declared', app, detail: { specVersion } })
  return toRecord(takeOnly(await selectApps(tx.db).where(eq(apps.app, app)), `the app ${app}`))
}

/** Throws ProblemError `precondition-failed` where the header names neither the app's version nor any. */
export function requireMatch(ifMatch: string | undefined, standing: AppRecord | undefined): void {
  if (ifMatch === undefined) return
  const etags = ifMatch.split(',').map((etag) => etag.trim())
  if (standing && (etags.includes('*') || etags.includes(standing.etag))) return
  throw new ProblemError('precondition-failed', standing ? `it is now ${standing.etag}` : 'there is no such app')
}

/** Retired apps excluded. */
export function getApp(ledger: Ledger, app: string): Promise<AppRecord | undefined> {
  return query(ledger, async (db) => {
    const found = await selectApp(db, app)
    return found?.retiredAt === null ? found : undefined
  })
}

/** By name; retired apps only where asked for. */
export function listApps(ledger: Ledger, { retired = false }: { retired?: boolean } = {}): Promise<AppRecord[]> {
  return query(ledger, async (db) => {
    const rows = await selectApps(db)
      .where(retired ? undefined : isNull(apps.retiredAt))
      .orderBy(asc(apps.app))
    return rows.map(toRecord)
  })
}
