import { and, eq, isNull, or, sql } from 'drizzle-orm'
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
 * Notes that a webhook has arrived. `first`: this caller is to act on it. One that started nothing is first again: why it was refused or left
 * out may be over. One that was never completed, its receiver having died, is so a minute later; jobs enqueued under an idempotency key made
 * of the delivery are then not doubled.
 * @param cause `reconciled`: it came while the ledger was away
 * @returns `seq`: its place among all deliveries, which a repeat does not change
 */
export function recordDelivery(
  ledger: Ledger,
  { app, provider, deliveryId, cause }: DeliveryKey & { cause?: 'reconciled' },
): Promise<{ first: boolean; seq: number; jobIds: string[] }> {
  const key = { app, provider, deliveryId }
  return transact(ledger, async (tx) => {
    const seq = await takeDelivery(tx, key)
    if (seq !== undefined) {
      const by = { actor: `webhook:${provider}`, correlationId: deliveryId }
      tx.record({ by, action: 'webhook.received', app, detail: { provider, deliveryId, ...(cause && { cause }) } })
      return { first: true, seq, jobIds: [] }
    }
    const [earlier] = await tx.db
      .select({ seq: deliveries.seq, jobIds: deliveries.jobIds })
      .from(deliveries)
      .where(isDelivery(key))
    if (!earlier) throw new Error(`the delivery ${deliveryId} is gone`)
    return { first: false, ...earlier }
  })
}

const startedNothing = sql`(${deliveries.completedAt} is not null and cardinality(${deliveries.jobIds}) = 0)`
const isAbandoned = sql`${deliveries.receivedAt} < now() - interval '1 minute'`

/** @returns its place, where this caller is to act on it */
async function takeDelivery(tx: Transaction, key: DeliveryKey): Promise<number | undefined> {
  const [taken] = await tx.db
    .insert(deliveries)
    .values(key)
    .onConflictDoUpdate({
      target: [deliveries.app, deliveries.provider, deliveries.deliveryId],
      set: { receivedAt: now, completedAt: null },
      setWhere: or(startedNothing, and(isNull(deliveries.completedAt), isAbandoned)),
    })
    .returning({ seq: deliveries.seq })
  return taken?.seq
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

/** Lets a repeat of a webhook act at once, where acting on it has failed: it counts as one that started nothing. */
export function reopenDelivery(ledger: Ledger, key: DeliveryKey): Promise<void> {
  return query(ledger, async (db) => {
    await db
      .update(deliveries)
      .set({ completedAt: now })
      .where(and(isDelivery(key), isNull(deliveries.completedAt)))
  })
}
