import { and, desc, eq, lt } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { deliveries } from '../foundation/schema/webhooks.ts'
import { query } from '../foundation/transact.ts'

/** A webhook that has arrived. */
export type Delivery = typeof deliveries.$inferSelect

/** Those of an app, newest first. @param before the `seq` of one that came later */
export function listDeliveries(
  ledger: Ledger,
  { app, before, limit }: { app: string; before?: number | undefined; limit: number },
): Promise<Delivery[]> {
  const isEarlier = before === undefined ? undefined : lt(deliveries.seq, before)
  return query(ledger, (db) =>
    db
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.app, app), isEarlier))
      .orderBy(desc(deliveries.seq))
      .limit(limit),
  )
}

export function getDelivery(ledger: Ledger, { app, seq }: { app: string; seq: number }): Promise<Delivery | undefined> {
  return query(ledger, async (db) => {
    const [found] = await db
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.app, app), eq(deliveries.seq, seq)))
    return found
  })
}
