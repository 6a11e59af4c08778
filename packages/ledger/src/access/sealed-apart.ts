import { asc, sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { secrets } from '../foundation/schema/access.ts'
import { query } from '../foundation/transact.ts'
import { openCertificates } from './certificates.ts'
import { sealerOf } from './secrets.ts'

/** What this process's master key does not open. */
export interface SealedApart {
  /** `NAME`, or `NAME of APP ENVIRONMENT` as far as it is one's own. */
  secrets: string[]
  certificates: string[]
  /** How many secrets were tried: the newest. */
  tried: number
}

const mostTried = 500

/** Tries the stored secrets and certificates against the master key: another one is not seen before a job needs what it sealed. */
export async function findSealedApart(ledger: Ledger): Promise<SealedApart> {
  const sealer = sealerOf(ledger)
  const stored = await query(ledger, (db) =>
    db
      .select({
        name: secrets.name,
        app: secrets.app,
        environment: secrets.environment,
        sealed: secrets.sealed,
      })
      .from(secrets)
      .orderBy(sql`${secrets.updatedAt} desc`, asc(secrets.name))
      .limit(mostTried),
  )
  const opens = ({ sealed, ...identity }: (typeof stored)[number]) => {
    try {
      return sealer.open(identity, sealed) !== undefined
    } catch {
      return false
    }
  }
  const certificates = await openCertificates(ledger)
  return {
    secrets: stored.filter((one) => !opens(one)).map(describeSecret),
    certificates: certificates.filter(({ key }) => key === undefined).map(({ name }) => name),
    tried: stored.length,
  }
}

function describeSecret({ name, app, environment }: { name: string; app: string; environment: string }): string {
  const scope = [app, environment].filter(Boolean).join(' ')
  return scope ? `${name} of ${scope}` : name
}
