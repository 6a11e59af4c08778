import { now } from '../foundation/clock.ts'
import { asc, eq } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { unknownPlaces } from '../foundation/schema/unknown-places.ts'
import { query, transact } from '../foundation/transact.ts'
import type { EnvironmentKey } from '../line/line.ts'

/** What is on a host of a place that the ledger does not know. */
interface UnknownPlace extends EnvironmentKey {
  host: string
  replicas: number
  revisions: number[]
  /** What nobody else can have while it is there: `port 8080`, `host shop.example.com`. */
  claims: string[]
  seenAt: Date
}

/** Replaces what was found on a host by what is found there now. */
export function recordUnknownPlaces(
  ledger: Ledger,
  { host, found }: { host: string; found: Omit<UnknownPlace, 'seenAt' | 'host'>[] },
): Promise<void> {
  return transact(ledger, async (tx) => {
    await tx.db.delete(unknownPlaces).where(eq(unknownPlaces.host, host))
    const rows = found.map((one) => ({ ...one, host, seenAt: now }))
    // Two workers may look at one host at the same moment, and see the same.
    if (rows.length > 0) await tx.db.insert(unknownPlaces).values(rows).onConflictDoNothing()
  })
}

/** By app, environment and host. What nobody has seen for a day is pruned. */
export function listUnknownPlaces(ledger: Ledger): Promise<UnknownPlace[]> {
  const { app, environment, host } = unknownPlaces
  return query(ledger, (db) => db.select().from(unknownPlaces).orderBy(asc(app), asc(environment), asc(host)))
}
