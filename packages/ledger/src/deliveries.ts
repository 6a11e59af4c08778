import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Ledger } from './ledger.ts'
import { deliveries } from './schema/deliveries.ts'
import { now } from './time.ts'
import { query, transact } from './transact.ts'

interface DeliveryKey {
  app: string
  provider: string
  deliveryId: string
}

const is = (key: DeliveryKey) =>
  and(eq(deliveries.app, key.app), eq(deliveries.provider, key.provider), eq(deliveries.deliveryId, key.deliveryId))

/**
 * Notes that a webhook has arrived. `first`: this caller is to act on it. One that was never completed, its receiver having died, is first again
 * a minute later; jobs enqueued under an idempotency key made of the delivery are then not doubled.
 * @param o.cause `reconciled`: it came while the ledger was away
 */
export function recordDelivery(
  ledger: Ledger,
  o: DeliveryKey & { cause?: 'reconciled' },
): Promise<{ first: boolean; jobIds: string[] }> {
  const { app, provider, deliveryId, cause } = o
  return transact(ledger, async (tx) => {
    const taken = await tx.db
      .insert(deliveries)
      .values({ app, provider, deliveryId })
      .onConflictDoUpdate({
        target: [deliveries.app, deliveries.provider, deliveries.deliveryId],
        set: { receivedAt: now },
        setWhere: and(isNull(deliveries.completedAt), sql`${deliveries.receivedAt} < now() - interval '1 minute'`),
      })
      .returning({ deliveryId: deliveries.deliveryId })
    if (taken.length > 0) {
      const by = { actor: `webhook:${provider}`, correlationId: deliveryId }
      tx.record({ by, action: 'webhook.received', app, detail: { provider, deliveryId, ...(cause && { cause }) } })
      return { first: true, jobIds: [] }
    }
    const [earlier] = await tx.db.select({ jobIds: deliveries.jobIds }).from(deliveries).where(is(o))
    return { first: false, jobIds: earlier?.jobIds ?? [] }
  })
}

/** Notes what came of a webhook: a repeat of it is answered with the same jobs. */
export function completeDelivery(ledger: Ledger, o: DeliveryKey & { jobIds: string[] }): Promise<void> {
  return query(ledger, async (db) => {
    await db.update(deliveries).set({ jobIds: o.jobIds, completedAt: now }).where(is(o))
  })
}

/** Lets a repeat of a webhook act at once, where acting on it has failed. */
export function forgetDelivery(ledger: Ledger, o: DeliveryKey): Promise<void> {
  return query(ledger, async (db) => {
    await db.delete(deliveries).where(and(is(o), isNull(deliveries.completedAt)))
  })
}
