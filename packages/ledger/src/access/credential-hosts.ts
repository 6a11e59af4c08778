import { type CredentialUse, listCredentialUses } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { and, asc, eq, inArray, isNull, or, sql } from '../foundation/drizzle.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { secrets } from '../foundation/schema/access.ts'
import { appSpecs, apps } from '../foundation/schema/apps.ts'
import { query, type Transaction } from '../foundation/transact.ts'
import { chooseHolding, selectStored } from './secrets.ts'

/** Credentials are of the app as a whole, or with '' of all: what is stored for one environment is none. */
type CredentialKey = Pick<typeof secrets.$inferSelect, 'name' | 'app'>

export interface StoredCredential {
  /** null: of all apps. */
  app: string | null
  /** Where it may be sent; null while it was neither bound nor named by a declared app. */
  hosts: readonly string[] | null
}

/**
 * The credential of a name that holds for an app: it may be sent to the hosts that it is bound to, and as long as it is to none, to those
 * that declared apps name for it. Undefined where none is stored. Whoever sends a value asks after having read it, so that one which is
 * replaced meanwhile goes nowhere by the earlier's leave.
 */
export function findCredential(
  ledger: Ledger,
  { name, app }: { name: string; app: string },
): Promise<StoredCredential | undefined> {
  return query(ledger, async (db) => {
    const [holding] = chooseHolding(await selectStored(db, { names: [name], app }))
    if (!holding) return undefined
    const hosts = holding.hosts ?? (await listNamedHosts(db, holding)).get(keyOf(holding)) ?? null
    return { app: holding.app || null, hosts }
  })
}

/**
 * Binds what is bound to no host yet to the hosts that declared apps name for it now. Called before and after each change of what is
 * declared: one that is not bound has then never been named by any other.
 */
export async function bindCredentials(tx: Transaction, by: By): Promise<void> {
  for (const [key, hosts] of await listNamedHosts(tx.db)) await bind(tx, by, parseKey(key), hosts)
}

/** The same for one that was just stored. @returns what it is bound to; null while no declared app names a host for it */
export async function bindCredential(tx: Transaction, by: By, key: CredentialKey): Promise<string[] | null> {
  const hosts = (await listNamedHosts(tx.db, key)).get(keyOf(key))
  if (hosts) await bind(tx, by, key, hosts)
  return hosts ?? null
}

async function bind({ db, record }: Transaction, by: By, key: CredentialKey, hosts: string[]): Promise<void> {
  const isUnbound = and(isSecretOf(key), isNull(secrets.hosts))
  const bound = await db.update(secrets).set({ hosts }).where(isUnbound).returning({ name: secrets.name })
  if (bound.length > 0) record({ by, action: 'secret.bound', app: key.app || null, detail: { name: key.name, hosts } })
}

/** By the key of each unbound secret the hosts that declared apps have it sent to; in the order in which rows are locked. */
async function listNamedHosts(db: Database, only?: CredentialKey): Promise<Map<string, string[]>> {
  const unbound = await selectUnbound(db, only)
  if (unbound.length === 0) return new Map()
  const names = [...new Set(unbound.map(({ name }) => name))]
  const specs = (await selectSpecs(db, names)).map((spec) => ({ app: spec.app, uses: listCredentialUses(spec) }))
  const stored = await db
    .select({ name: secrets.name, app: secrets.app })
    .from(secrets)
    .where(and(inArray(secrets.name, names), eq(secrets.environment, '')))
  const isOwn = (app: string, name: string) => stored.some((one) => one.name === name && one.app === app)
  const usesOf = ({ name, app }: CredentialKey): CredentialUse[] =>
    specs
      .filter((spec) => (app === '' ? !isOwn(spec.app, name) : spec.app === app))
      .flatMap(({ uses }) => uses.filter((use) => use.name === name))
  const named = unbound.map((one) => [keyOf(one), [...new Set(usesOf(one).map(({ host }) => host))].sort()] as const)
  return new Map(named.filter(([, hosts]) => hosts.length > 0))
}

function selectUnbound(db: Database, only: CredentialKey | undefined) {
  return db
    .select({ name: secrets.name, app: secrets.app })
    .from(secrets)
    .where(and(isNull(secrets.hosts), eq(secrets.environment, ''), only && isSecretOf(only)))
    .orderBy(asc(secrets.name), asc(secrets.app))
}

/** Those that have one of these sent somewhere: most secrets are no credentials, and most specs name none of them. */
async function selectSpecs(db: Database, names: readonly string[]) {
  const credentials = [sql`${appSpecs.spec} #>> '{source,credential}'`, sql`${appSpecs.spec} #>> '{image,credential}'`]
  const rows = await db
    .select({ spec: appSpecs.spec })
    .from(apps)
    .innerJoin(appSpecs, and(eq(appSpecs.app, apps.app), eq(appSpecs.specVersion, apps.specVersion)))
    .where(and(isNull(apps.retiredAt), or(...credentials.map((credential) => inArray(credential, [...names])))))
  return rows.map(({ spec }) => spec)
}

function isSecretOf({ name, app }: CredentialKey) {
  return and(eq(secrets.name, name), eq(secrets.app, app), eq(secrets.environment, ''))
}

function keyOf({ name, app }: CredentialKey): string {
  return JSON.stringify([name, app])
}

function parseKey(key: string): CredentialKey {
  const [name = '', app = ''] = JSON.parse(key) as string[]
  return { name, app }
}
