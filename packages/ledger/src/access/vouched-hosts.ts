import { type AppSpec, listContacts } from '@stevedore/contract'
import { asc } from 'drizzle-orm'
import type { Ledger } from '../foundation/ledger.ts'
import { vouchedHosts } from '../foundation/schema/access.ts'
import { query, type Transaction } from '../foundation/transact.ts'

/** Registries and Prometheus servers that may be on private networks, each as it is or with a port: who administers the server named them. */
export async function listVouchedHosts(ledger: Ledger): Promise<string[]> {
  const rows = await query(ledger, (db) => db.select().from(vouchedHosts).orderBy(asc(vouchedHosts.host)))
  return rows.map(({ host }) => host)
}

/** Vouches for a registry that who administers the server has named for a build. */
export function vouchForRegistry(ledger: Ledger, registry: string): Promise<void> {
  return query(ledger, async (db) => {
    await db.insert(vouchedHosts).values({ host: registry }).onConflictDoNothing()
  })
}

/** Vouches for those that a spec names. */
export async function vouchFor({ db }: Transaction, spec: AppSpec): Promise<void> {
  const hosts = [...new Set(listContacts(spec).map(({ place }) => place))].sort()
  if (hosts.length === 0) return
  const rows = hosts.map((host) => ({ host }))
  await db.insert(vouchedHosts).values(rows).onConflictDoNothing()
}
