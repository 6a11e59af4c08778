import { and, eq, isNull, sql } from 'drizzle-orm'
import { now } from '../foundation/clock.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { deliveries } from '../foundation/schema/webhooks.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'

interface DeliveryKey {
  app: string
  provider: string
  deliveryId: string
}

function isDelivery({ app, provider, deliveryId }: DeliveryKey) {
  return and(eq(deliveries.app, app), eq(deliveries.provider, provider), eq(deliveries.deliveryId, deliveryId))
}

/**
 * Notes that a webhook has arrived. `first`: this caller is to act on it. One that was never completed, its receiver having died, is first again
 * a minute later; jobs enqueued under an idempotency key made of the delivery are then not doubled.
 * @param cause `reconciled`: it came while the ledger was away
 */
export function recordDelivery(
  ledger: Ledger,
  { app, provider, deliveryId, cause }: DeliveryKey & { cause?: 'reconciled' },
): Promise<{ first: boolean; jobIds: string[] }> {
  const key = { app, provider, deliveryId }
  return transact(ledger, async (tx) => {
    if (await takeDelivery(tx, key)) {
      const by = { actor: `webhook:${provider}`, correlationId: deliveryId }
      tx.record({ by, action: 'webhook.received', app, detail: { provider, deliveryId, ...(cause && { cause }) } })
      return { first: true, jobIds: [] }
    }
    const [earlier] = await tx.db.select({ jobIds: deliveries.jobIds }).from(deliveries).where(isDelivery(key))
    return { first: false, jobIds: earlier?.jobIds ?? [] }
  })
}

/** @returns whether this caller is the first, or the first after one that has died */
async function takeDelivery(tx: Transaction, key: DeliveryKey): Promise<boolean> {
  const taken = await tx.db
    .insert(deliveries)
    .values(key)
    .onConflictDoUpdate({
      target: [deliveries.app, deliveries.provider, deliveries.deliveryId],
      set: { receivedAt: now },
      setWhere: and(isNull(deliveries.completedAt), sql`${deliveries.receivedAt} < now() - interval '1 minute'`),
    })
    .returning({ deliveryId: deliveries.deliveryId })
  return taken.length > 0
}

/** Notes what came of a webhook: a repeat of it is answered with the same jobs. */
export function completeDelivery(
  ledger: Ledger,
  { jobIds, ...key }: DeliveryKey & { jobIds: string[] },
): Promise<void> {
  return query(ledger, async (db) => {
    await db.update(deliveries).set({ jobIds, completedAt: now }).where(isDelivery(key))
  })
}

/** Lets a repeat of a webhook act at once, where acting on it has failed. */
export function forgetDelivery(ledger: Ledger, key: DeliveryKey): Promise<void> {
  return query(ledger, async (db) => {
    await db.delete(deliveries).where(and(isDelivery(key), isNull(deliveries.completedAt)))
  })
}
