import {
  coversResource,
  everyApp,
  finalStates,
  type GrantAccess,
  type GrantCause,
  listEnvironmentResources,
  listImageRepository,
  listResources,
  nameRepository,
  ProblemError,
  type Resource,
} from '@stevedore/contract'
import { selectApp } from '../apps/select-app.ts'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import { and, asc, eq, inArray, isNotNull, ne, notInArray, sql } from '../foundation/drizzle.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import { appSpecs } from '../foundation/schema/apps.ts'
import { environments, revisions } from '../foundation/schema/environments.ts'
import { grants } from '../foundation/schema/grants.ts'
import { images } from '../foundation/schema/images.ts'
import { jobs } from '../foundation/schema/jobs.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'

export interface Grant extends Resource {
  /** `*`: every app. */
  app: string
  access: GrantAccess
  cause: GrantCause
  grantedBy: string
  grantedAt: Date
}

/** What an app wants and may not have. `owner` is absent where nobody has it, and it takes a grant all the same. */
export interface Denied<R extends Resource = Resource> {
  resource: R
  owner?: string
}

/** A resource whose name says all of it: no other covers it. */
export type Repository = Resource & { kind: 'repository' }

/** Any fixed number: whoever changes who has what takes it first, so that of two apps that want the same one gets it. */
const grantsLock = 7_070_001

/** Until the end of the transaction; once more does nothing. */
export async function lockGrants(tx: Transaction): Promise<void> {
  await tx.db.execute(sql`select pg_advisory_xact_lock(${grantsLock})`)
}

/**
 * Takes for an app what its spec names: what is its own already, and what nobody else has. What it no longer names and runs with is
 * given back. The caller has locked the app.
 * @param mayOpen whether it may take namespaces that nobody has: they hold what Stevedore knows nothing of
 * @returns what it may not have; then nothing should be kept
 */
export async function claimResources<R extends Resource>(
  tx: Transaction,
  { app, wanted, mayOpen, by }: { app: string; wanted: readonly R[]; mayOpen: boolean; by: By },
): Promise<Denied<R>[]> {
  await lockGrants(tx)
  await releaseUnused(tx, app, [...wanted, ...(await listBusyResources(tx.db, app))])
  const denied: Denied<R>[] = []
  for (const resource of wanted) {
    const owners = await listOwners(tx, app, resource)
    if (owners.includes(app)) continue
    if (owners[0] !== undefined) denied.push({ resource, owner: owners[0] })
    else if (resource.kind === 'namespace' && !mayOpen) denied.push({ resource })
    else await insertClaim(tx, app, resource, by)
  }
  return denied
}

async function insertClaim(tx: Transaction, app: string, { kind, name, context }: Resource, by: By): Promise<void> {
  const grant = { kind, name, context, app, access: 'own', cause: 'declared', grantedBy: by.actor } as const
  await tx.db
    .insert(grants)
    .values(grant)
    .onConflictDoUpdate({ target: keyColumns, set: { access: 'own', cause: 'declared', grantedBy: by.actor } })
}

/** Apps that have it. Who has it by a spec that does not name it any more, and runs nothing with it, gives it back now. */
async function listOwners(tx: Transaction, app: string, resource: Resource): Promise<string[]> {
  const found = (await selectOwned(tx.db, [resource.kind])).filter((grant) => coversResource(grant, resource))
  for (const { app: other } of found.filter((grant) => grant.app !== app && grant.cause !== 'given'))
    await releaseUnused(tx, other, await listUsed(tx.db, other))
  const left = await selectOwned(tx.db, [resource.kind])
  return left.filter((grant) => coversResource(grant, resource)).map((grant) => grant.app)
}

/** What the app's spec names, it runs with or is to run with. */
async function listUsed(db: Database, app: string): Promise<Resource[]> {
  const standing = await selectApp(db, app)
  const named = standing && standing.retiredAt === null ? listResources(standing.spec) : []
  return [...named, ...(await listBusyResources(db, app))]
}

/** What it runs with, and what a deploy that is recorded and not over was admitted with. */
async function listBusyResources(db: Database, app: string): Promise<Resource[]> {
  return [...(await listRunningResources(db, app)), ...(await listAwaitedResources(db, app))]
}

async function listAwaitedResources(db: Database, app: string): Promise<Resource[]> {
  const isAwaited = and(eq(jobs.app, app), eq(jobs.inLine, true), notInArray(jobs.state, [...finalStates]))
  const rows = await db
    .selectDistinctOn([appSpecs.specVersion], { spec: appSpecs.spec })
    .from(jobs)
    .innerJoin(appSpecs, and(eq(appSpecs.app, jobs.app), eq(appSpecs.specVersion, jobs.specVersion)))
    .where(isAwaited)
  return rows.flatMap(({ spec }) => listResources(spec))
}

async function listRunningResources(db: Database, app: string): Promise<Resource[]> {
  const isOwn = and(eq(revisions.app, environments.app), eq(revisions.environment, environments.environment))
  const running = await db
    .select({ settings: revisions.settings, image: revisions.image })
    .from(environments)
    .innerJoin(revisions, and(isOwn, eq(revisions.number, environments.currentRevision)))
    .where(and(eq(environments.app, app), isNotNull(environments.currentRevision)))
  return running.flatMap(({ settings, image }) => [
    ...listEnvironmentResources(app, settings),
    ...listImageRepository(image),
  ])
}

/** What an administrator gave stays until one takes it back. */
async function releaseUnused(tx: Transaction, app: string, used: readonly Resource[]): Promise<void> {
  const own = await tx.db
    .select()
    .from(grants)
    .where(and(eq(grants.app, app), eq(grants.access, 'own'), ne(grants.cause, 'given')))
  for (const grant of own) if (!used.some((one) => isSame(one, grant))) await tx.db.delete(grants).where(isGrant(grant))
}

function isSame(one: Resource, other: Resource): boolean {
  return one.kind === other.kind && one.name === other.name && one.context === other.context
}

/** Everything that an app has: for one that is retired. */
export async function releaseAll(tx: Transaction, app: string): Promise<void> {
  await lockGrants(tx)
  await tx.db.delete(grants).where(eq(grants.app, app))
}

interface Use {
  app: string
  resources: readonly Resource[]
}

/** Of these resources those that other apps have and this one has not. */
export function findForeign(ledger: Ledger, use: Use): Promise<Denied[]> {
  return query(ledger, (db) => selectForeign(db, use))
}

export async function selectForeign(db: Database, { app, resources }: Use): Promise<Denied[]> {
  if (resources.length === 0) return []
  const owned = await selectOwned(db, [...new Set(resources.map(({ kind }) => kind))])
  return resources.flatMap((resource) => {
    const owners = owned.filter((grant) => coversResource(grant, resource)).map((grant) => grant.app)
    return owners[0] === undefined || owners.includes(app) ? [] : [{ resource, owner: owners[0] }]
  })
}

/**
 * Repositories of other apps from which this one may not build. A name that its app has declared and never built under keeps nobody from
 * what there was before: it may be that of a public image.
 */
export function listForeignRepositories(ledger: Ledger, app: string): Promise<string[]> {
  return query(ledger, async (db) => {
    const all = await db.select().from(grants).where(eq(grants.kind, 'repository'))
    const allowed = all.filter((grant) => grant.app === app || grant.app === everyApp).map(({ name }) => name)
    const built = await listBuilt(db)
    const held = all.filter((grant) => grant.cause !== 'declared' || built.has(`${grant.app} ${grant.name}`))
    return [...new Set(held.map(({ name }) => name).filter((name) => !allowed.includes(name)))]
  })
}

async function listBuilt(db: Database): Promise<Set<string>> {
  const rows = await db.selectDistinct({ app: images.app, registry: images.registry, name: images.name }).from(images)
  return new Set(rows.map(({ app, registry, name }) => `${app} ${nameRepository(`${registry}/${name}`)}`))
}

/** By kind, then name. @param given.app absent: of all apps */
export function listGrants(ledger: Ledger, { app }: { app?: string | undefined }): Promise<Grant[]> {
  return query(ledger, (db) =>
    db
      .select()
      .from(grants)
      .where(app === undefined ? undefined : inArray(grants.app, [app, everyApp]))
      .orderBy(asc(grants.kind), asc(grants.name), asc(grants.context), asc(grants.app)),
  )
}

/** What another app has of the same it keeps. */
export function putGrant(
  ledger: Ledger,
  { by, ...given }: Resource & Pick<Grant, 'app' | 'access'> & { by: By },
): Promise<Grant> {
  const { access } = given
  const set = { access, cause: 'given', grantedBy: by.actor, grantedAt: now } as const
  return transact(ledger, async (tx) => {
    await lockGrants(tx)
    if (access === 'read') await refuseInUse(tx, given)
    const rows = await tx.db
      .insert(grants)
      .values({ ...given, ...set })
      .onConflictDoUpdate({ target: keyColumns, set })
      .returning()
    record(tx, 'grant.put', given, by)
    return takeOnly(rows, `the grant of ${given.name}`)
  })
}

/** @returns whether there was such a grant. Throws ProblemError `in-use` where the app needs it and nobody else has it */
export function removeGrant(ledger: Ledger, { by, ...key }: Resource & { app: string; by: By }): Promise<boolean> {
  return transact(ledger, async (tx) => {
    await lockGrants(tx)
    await refuseInUse(tx, key)
    const [removed] = await tx.db.delete(grants).where(isGrant(key)).returning()
    if (removed) record(tx, 'grant.removed', removed, by)
    return removed !== undefined
  })
}

/** What one app alone has, and uses, would be free for whoever names it next. */
async function refuseInUse(tx: Transaction, { app, ...resource }: Resource & { app: string }): Promise<void> {
  const owners = (await selectOwned(tx.db, [resource.kind])).filter((grant) => isSame(grant, resource))
  if (owners.length !== 1 || owners[0]?.app !== app) return
  if (!(await listUsed(tx.db, app)).some((one) => isSame(one, resource))) return
  throw new ProblemError(
    'in-use',
    `${app} alone has ${resource.name} and uses it: give it to another app first, or take it out of the spec of ${app}`,
  )
}

function record(
  tx: Transaction,
  action: 'grant.put' | 'grant.removed',
  { app, kind, name, context, access }: Pick<Grant, 'app' | 'access' | keyof Resource>,
  by: By,
): void {
  tx.record({ by, action, app: app === everyApp ? null : app, detail: { kind, name, context, access } })
}

const keyColumns = [grants.kind, grants.name, grants.context, grants.app]

function isGrant({ kind, name, context, app }: Resource & { app: string }) {
  return and(eq(grants.kind, kind), eq(grants.name, name), eq(grants.context, context), eq(grants.app, app))
}

/** The longest held first. */
function selectOwned(db: Database, kinds: readonly Resource['kind'][]) {
  return db
    .select()
    .from(grants)
    .where(and(inArray(grants.kind, [...kinds]), eq(grants.access, 'own')))
    .orderBy(asc(grants.grantedAt), asc(grants.app))
}
