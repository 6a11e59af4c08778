import { ProblemError } from '@stevedore/contract'
import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { takeOnly } from '../foundation/rows.ts'
import { secrets } from '../foundation/schema/access.ts'
import { transact } from '../foundation/transact.ts'
import { bindCredential } from './credential-hosts.ts'
import { columns, type SecretKey, type SecretRecord, sealerOf, toIdentity, toRecord } from './secrets.ts'

/**
 * Keeps a value sealed, in place of an earlier one: that stays as a version of its own, by the trigger `secrets_keep_version`. The same value
 * again is no new version.
 * @param hosts where it may be sent as a credential from now on. Without them it stays bound as it was, and a new one becomes bound to what
 * declared apps name for it
 * Throws ProblemError `validation-failed`: an environment belongs to an app.
 */
export async function putSecret(
  ledger: Ledger,
  { value, hosts, by, ...key }: SecretKey & { value: string; hosts?: string[] | undefined; by: By },
): Promise<SecretRecord> {
  const identity = toIdentity(key)
  if (identity.environment && !identity.app)
    throw new ProblemError('validation-failed', 'a secret of an environment names its app as well')
  const sealer = sealerOf(ledger)
  const sealed = { sealed: sealer.seal(identity, value), fingerprint: sealer.fingerprint(value) }
  const kept = { ...sealed, ...(hosts && { hosts }), updatedAt: now }
  return transact(ledger, async (tx) => {
    const rows = await tx.db
      .insert(secrets)
      .values({ ...identity, ...kept })
      .onConflictDoUpdate({ target: [secrets.name, secrets.app, secrets.environment], set: kept })
      .returning(columns)
    const secret = toRecord(takeOnly(rows, `the secret ${identity.name}`))
    const { name, app, environment, fingerprint } = secret
    tx.record({ by, action: 'secret.set', app, environment, detail: { name, fingerprint, ...(hosts && { hosts }) } })
    if (secret.hosts || secret.environment) return secret
    return { ...secret, hosts: await bindCredential(tx, by, { name, app: identity.app }) }
  })
}
