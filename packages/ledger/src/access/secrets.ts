import { ProblemError } from '@stevedore/contract'
import { and, asc, eq, inArray } from 'drizzle-orm'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { secrets } from '../foundation/schema/access.ts'
import type { Sealer, SecretPlace } from '../foundation/sealer.ts'
import { query, transact } from '../foundation/transact.ts'

export interface SecretRecord {
  name: string
  /** null: for every app. */
  app: string | null
  /** null: for every environment. */
  environment: string | null
  fingerprint: string
  updatedAt: Date
}

interface SecretKey {
  name: string
  app?: string
  environment?: string
}

const record = {
  name: secrets.name,
  app: secrets.app,
  environment: secrets.environment,
  fingerprint: secrets.fingerprint,
  updatedAt: secrets.updatedAt,
}

const toPlace = (key: SecretKey): SecretPlace => ({
  name: key.name,
  app: key.app ?? '',
  environment: key.environment ?? '',
})

const toRecord = (row: SecretPlace & { fingerprint: string; updatedAt: Date }): SecretRecord => ({
  ...row,
  app: row.app || null,
  environment: row.environment || null,
})

const is = (place: SecretPlace) =>
  and(eq(secrets.name, place.name), eq(secrets.app, place.app), eq(secrets.environment, place.environment))

function sealerOf(ledger: Ledger): Sealer {
  if (!ledger.sealer) throw new Error('secrets need a master key')
  return ledger.sealer
}

/** Keeps a value sealed, in place of an earlier one. Throws ProblemError `validation-failed`: an environment belongs to an app. */
export async function putSecret(ledger: Ledger, o: SecretKey & { value: string; by: By }): Promise<SecretRecord> {
  const place = toPlace(o)
  if (place.environment && !place.app)
    throw new ProblemError('validation-failed', 'a secret of an environment names its app as well')
  const sealer = sealerOf(ledger)
  const kept = { sealed: sealer.seal(place, o.value), fingerprint: sealer.fingerprint(o.value), updatedAt: now }
  return transact(ledger, async (tx) => {
    const rows = await tx.db
      .insert(secrets)
      .values({ ...place, ...kept })
      .onConflictDoUpdate({ target: [secrets.name, secrets.app, secrets.environment], set: kept })
      .returning(record)
    const [secret] = rows.map(toRecord) as [SecretRecord]
    const { name, app, environment, fingerprint } = secret
    tx.record({ by: o.by, action: 'secret.set', app, environment, detail: { name, fingerprint } })
    return secret
  })
}

/** @returns whether there was such a secret */
export function removeSecret(ledger: Ledger, o: SecretKey & { by: By }): Promise<boolean> {
  return transact(ledger, async (tx) => {
    const removed = await tx.db
      .delete(secrets)
      .where(is(toPlace(o)))
      .returning({ name: secrets.name })
    if (removed.length === 0) return false
    const { name, app, environment, by } = o
    tx.record({ by, action: 'secret.removed', app, environment, detail: { name } })
    return true
  })
}

/** Names and fingerprints, never values. */
export function listSecrets(ledger: Ledger, o: { app?: string; environment?: string }): Promise<SecretRecord[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select(record)
      .from(secrets)
      .where(
        and(
          o.app === undefined ? undefined : eq(secrets.app, o.app),
          o.environment === undefined ? undefined : eq(secrets.environment, o.environment),
        ),
      )
      .orderBy(asc(secrets.app), asc(secrets.environment), asc(secrets.name))
    return rows.map(toRecord)
  })
}

/**
 * The values of these names for an app and environment: the environment's own before the app's, the app's before everybody's. A name without a
 * value is absent from the answer.
 */
export async function readSecrets(
  ledger: Ledger,
  o: { names: readonly string[]; app: string; environment?: string | undefined },
): Promise<Record<string, string>> {
  if (o.names.length === 0) return {}
  const sealer = sealerOf(ledger)
  const rows = await query(ledger, (db) =>
    db
      .select()
      .from(secrets)
      .where(
        and(
          inArray(secrets.name, [...o.names]),
          inArray(secrets.app, ['', o.app]),
          inArray(secrets.environment, ['', o.environment ?? '']),
        ),
      )
      // '' sorts first: a later, more specific row replaces an earlier one.
      .orderBy(asc(secrets.app), asc(secrets.environment)),
  )
  const chosen = new Map(rows.map((row) => [row.name, row]))
  return Object.fromEntries([...chosen].map(([name, row]) => [name, sealer.open(row, row.sealed)]))
}
