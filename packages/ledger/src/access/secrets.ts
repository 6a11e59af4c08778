import { FailureError } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { and, asc, eq, inArray } from '../foundation/drizzle.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { secrets } from '../foundation/schema/access.ts'
import type { Sealer, SecretIdentity } from '../foundation/sealer.ts'
import { query, transact } from '../foundation/transact.ts'

export interface SecretRecord {
  name: string
  /** null: for every app. */
  app: string | null
  /** null: for every environment. */
  environment: string | null
  /** 1, 2, 3 …: raised when another value is stored. */
  version: number
  fingerprint: string
  /** Where it may be sent as a credential; null: it was used as none yet. */
  hosts: string[] | null
  updatedAt: Date
}

/** @internal */
export interface SecretKey {
  name: string
  app?: string
  environment?: string
}

/** @internal */
export const columns = {
  name: secrets.name,
  app: secrets.app,
  environment: secrets.environment,
  version: secrets.version,
  fingerprint: secrets.fingerprint,
  hosts: secrets.hosts,
  updatedAt: secrets.updatedAt,
}

/** @internal */
export function toIdentity({ name, app = '', environment = '' }: SecretKey): SecretIdentity {
  return { name, app, environment }
}

/** @internal */
export function toRecord(row: SecretIdentity & Omit<SecretRecord, keyof SecretIdentity>): SecretRecord {
  return { ...row, app: row.app || null, environment: row.environment || null }
}

/** @internal */
export function sealerOf(ledger: Ledger): Sealer {
  if (!ledger.sealer) throw new Error('secrets need a master key')
  return ledger.sealer
}

/** Its earlier versions go with it. @returns whether there was such a secret */
export function removeSecret(ledger: Ledger, { by, ...key }: SecretKey & { by: By }): Promise<boolean> {
  const { name, app, environment } = toIdentity(key)
  const isIt = and(eq(secrets.name, name), eq(secrets.app, app), eq(secrets.environment, environment))
  return transact(ledger, async (tx) => {
    const removed = await tx.db.delete(secrets).where(isIt).returning({ name: secrets.name })
    if (removed.length === 0) return false
    tx.record({ by, action: 'secret.removed', app: key.app, environment: key.environment, detail: { name } })
    return true
  })
}

/** Names and fingerprints, never values. */
export function listSecrets(
  ledger: Ledger,
  { app, environment }: { app?: string; environment?: string },
): Promise<SecretRecord[]> {
  const isApps = app === undefined ? undefined : eq(secrets.app, app)
  const isEnvironments = environment === undefined ? undefined : eq(secrets.environment, environment)
  return query(ledger, async (db) => {
    const rows = await db
      .select(columns)
      .from(secrets)
      .where(and(isApps, isEnvironments))
      .orderBy(asc(secrets.app), asc(secrets.environment), asc(secrets.name))
    return rows.map(toRecord)
  })
}

export interface SecretUse {
  names: readonly string[]
  app: string
  environment?: string | undefined
}

/**
 * The values of these names that hold for an app and environment. A name without a value is absent from the answer.
 * @throws FailureError `secret-missing` for what another master key sealed
 */
export async function readSecrets(ledger: Ledger, use: SecretUse): Promise<Record<string, string>> {
  if (use.names.length === 0) return {}
  const sealer = sealerOf(ledger)
  const rows = await query(ledger, (db) => selectStored(db, use))
  return Object.fromEntries(chooseHolding(rows).map((row) => [row.name, openStored(sealer, row)]))
}

function openStored(sealer: Sealer, row: SecretIdentity & { sealed: Buffer }): string {
  try {
    return sealer.open(row, row.sealed)
  } catch (cause) {
    const diagnosis = `${row.name} was sealed under another master key than this process has: start it with that key, or store the secret again`
    throw new FailureError('secret-missing', { diagnosis, cause })
  }
}

/** Every row that could hold for an app and environment, from the least specific scope on: '' sorts first. */
export function selectStored(db: Database, { names, app, environment = '' }: SecretUse) {
  const isNamed = inArray(secrets.name, [...names])
  return db
    .select()
    .from(secrets)
    .where(and(isNamed, inArray(secrets.app, ['', app]), inArray(secrets.environment, ['', environment])))
    .orderBy(asc(secrets.app), asc(secrets.environment))
}

/** By name. The environment's own goes before the app's, the app's before everybody's. */
export function chooseHolding<R extends { name: string }>(stored: readonly R[]): R[] {
  const holding = new Map(stored.map((row) => [row.name, row]))
  return [...holding.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
