import { isDeepStrictEqual } from 'node:util'
import { type JobMessage, ProblemError } from '@stevedore/contract'
import { isOfEnvironment, isRevision, type Revision } from '../environments/revisions.ts'
import { and, eq, or, type SQL, sql, unionAll } from '../foundation/drizzle.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { type SecretVersion, secrets, secretVersions } from '../foundation/schema/access.ts'
import { services } from '../foundation/schema/companions.ts'
import { revisions } from '../foundation/schema/environments.ts'
import type { Sealer, SecretIdentity } from '../foundation/sealer.ts'
import { query } from '../foundation/transact.ts'
import { withFencedEnvironment } from '../jobs/fence.ts'
import type { EnvironmentKey } from '../line/line.ts'
import { chooseHolding, type SecretUse, sealerOf, selectStored } from './secrets.ts'

/**
 * Records which values of these names a revision runs with: those that hold now, in place of what was recorded before. Called once for
 * each rollout, so that all replicas get the same; a later attempt reads them from the revision. A name without a value is absent from the
 * answer. Throws StaleFenceError, ProblemError `not-found` (the revision).
 */
export function pinSecrets(
  ledger: Ledger,
  { names, number, ...message }: JobMessage & EnvironmentKey & { names: readonly string[]; number: number },
): Promise<SecretVersion[]> {
  const { app, environment } = message
  return withFencedEnvironment(ledger, message, async (tx) => {
    const pinned = await lockHolding(tx.db, { names, app, environment })
    const found = await tx.db
      .update(revisions)
      .set({ secrets: pinned })
      .where(isRevision({ app, environment, number }))
      .returning({ number: revisions.number })
    if (found.length === 0) throw new ProblemError('not-found', `${app} ${environment} has no revision ${number}`)
    return pinned
  })
}

/** The versions that hold now. Locked: no value is replaced, and pruned as one that nothing names, before this is committed. */
export async function lockHolding(db: Database, use: SecretUse): Promise<SecretVersion[]> {
  if (use.names.length === 0) return []
  return chooseHolding(await selectStored(db, use).for('share')).map(toVersion)
}

/** The values of exactly these versions, by name. One that was removed meanwhile, or that another master key sealed, is absent. */
export async function openSecrets(ledger: Ledger, versions: readonly SecretVersion[]): Promise<Record<string, string>> {
  return Object.fromEntries(await openVersions(ledger, versions))
}

async function openVersions(
  ledger: Ledger,
  versions: readonly SecretVersion[],
): Promise<[name: string, value: string][]> {
  if (versions.length === 0) return []
  const sealer = sealerOf(ledger)
  // One statement: a version that is being replaced is seen on the one side or on the other.
  const rows = await query(ledger, (db) =>
    unionAll(
      db.select(sealedColumns(secrets)).from(secrets).where(isAnyOf(secrets, versions)),
      db.select(sealedColumns(secretVersions)).from(secretVersions).where(isAnyOf(secretVersions, versions)),
    ),
  )
  return rows.flatMap((row) => openVersion(sealer, row))
}

function openVersion(sealer: Sealer, row: SecretIdentity & { sealed: Buffer }): [name: string, value: string][] {
  try {
    return [[row.name, sealer.open(row, row.sealed)]]
  } catch {
    // The values that hold are stored anew with a new key; those before them are not.
    return []
  }
}

/**
 * What containers of an environment may have been given: every version that one of its revisions or companions records, and what holds now for the names
 * of their settings, which stands in for versions that are gone.
 */
export async function listGivenSecrets(ledger: Ledger, key: EnvironmentKey): Promise<SecretVersion[]> {
  const made = await query(ledger, (db) =>
    db
      .selectDistinct({ secrets: revisions.secrets, names: sql<string[]>`${revisions.settings} -> 'secrets'` })
      .from(revisions)
      .where(isOfEnvironment(key))
      .unionAll(
        db
          .selectDistinct({ secrets: services.secrets, names: sql<string[]>`${services.settings} -> 'secrets'` })
          .from(services)
          .where(and(eq(services.app, key.app), eq(services.environment, key.environment))),
      ),
  )
  const names = [...new Set(made.flatMap((revision) => revision.names ?? []))]
  const stored = names.length === 0 ? [] : await query(ledger, (db) => selectStored(db, { names, ...key }))
  const all = [...made.flatMap((revision) => revision.secrets), ...chooseHolding(stored).map(toVersion)]
  return [...new Map(all.map((version) => [nameVersion(version), version])).values()]
}

const nameVersion = ({ name, app, environment, version, fingerprint }: SecretVersion) =>
  JSON.stringify([name, app, environment, version, fingerprint])

/** The values of these versions, of which several may be of one name. */
export async function openSecretValues(ledger: Ledger, versions: readonly SecretVersion[]): Promise<string[]> {
  return (await openVersions(ledger, versions)).map(([, value]) => value)
}

/** Names for which another version or scope holds now than what the revision was given. Of what was not recorded nothing is said. */
export async function findChangedSecrets(
  ledger: Ledger,
  { app, environment, secrets: given }: EnvironmentKey & Pick<Revision, 'secrets'>,
): Promise<string[]> {
  if (given.length === 0) return []
  const names = given.map(({ name }) => name)
  const stored = await query(ledger, (db) => selectStored(db, { names, app, environment }))
  const holding = chooseHolding(stored).map(toVersion)
  // By the fingerprint as well: a secret that was removed and stored anew counts from 1 again.
  return holding.filter((one) => !given.some((other) => isDeepStrictEqual(one, other))).map(({ name }) => name)
}

function toVersion(row: SecretIdentity & Pick<SecretVersion, 'version' | 'fingerprint'>): SecretVersion {
  const { name, app, environment, version, fingerprint } = row
  return { name, app: app || null, environment: environment || null, version, fingerprint }
}

type Table = typeof secrets | typeof secretVersions

function sealedColumns({ name, app, environment, sealed }: Table) {
  return { name, app, environment, sealed }
}

function isAnyOf(table: Table, versions: readonly SecretVersion[]): SQL | undefined {
  const isVersion = ({ name, app, environment, version, fingerprint }: SecretVersion) =>
    and(
      and(eq(table.name, name), eq(table.app, app ?? ''), eq(table.environment, environment ?? '')),
      and(eq(table.version, version), eq(table.fingerprint, fingerprint)),
    )
  return or(...versions.map(isVersion))
}
