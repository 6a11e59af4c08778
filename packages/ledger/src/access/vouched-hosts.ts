import { type AppSpec, listContacts, locateRegistry } from '@stevedore/contract'
import { asc } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { vouchedHosts } from '../foundation/schema/access.ts'
import { query, type Transaction } from '../foundation/transact.ts'

/**
 * Registries and Prometheus servers that may be on private networks, each with a port: who administers the server named them. What was
 * named without one, before that was told apart, is a registry.
 */
export async function listVouchedHosts(ledger: Ledger): Promise<string[]> {
  const rows = await query(ledger, (db) => db.select().from(vouchedHosts).orderBy(asc(vouchedHosts.host)))
  return [...new Set(rows.flatMap(({ host }) => locateRegistry(host).places))]
}

/** Vouches for a registry that who administers the server has named for a build. */
export function vouchForRegistry(ledger: Ledger, registry: string): Promise<void> {
  const rows = locateRegistry(registry).places.map((host) => ({ host }))
  return query(ledger, async (db) => {
    await db.insert(vouchedHosts).values(rows).onConflictDoNothing()
  })
}

/** Vouches for those that specs name. */
export async function vouchFor({ db }: Transaction, specs: readonly AppSpec[]): Promise<void> {
  const hosts = [...new Set(specs.flatMap(listContacts).flatMap(({ places }) => places))].sort()
  if (hosts.length === 0) return
  const rows = hosts.map((host) => ({ host }))
  await db.insert(vouchedHosts).values(rows).onConflictDoNothing()
}
