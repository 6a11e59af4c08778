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
    const taken = await takeDelivery(tx, key)
    if (taken.first) {
      const by = { actor: `webhook:${provider}`, correlationId: deliveryId }
      tx.record({ by, action: 'webhook.received', app, detail: { provider, deliveryId, ...(cause && { cause }) } })
    }
    return taken
  })
}

const startedNothing = sql`(${deliveries.completedAt} is not null and cardinality(${deliveries.jobIds}) = 0)`
const isAbandoned = sql`(${deliveries.completedAt} is null and ${deliveries.receivedAt} < now() - interval '1 minute')`
const isOpen = sql<boolean>`(${startedNothing} or ${isAbandoned})`

/** A repeat that nobody is to act on writes nothing and locks nothing: many may come at once. */
async function takeDelivery(tx: Transaction, key: DeliveryKey) {
  const { seq, jobIds } = deliveries
  const [added] = await tx.db.insert(deliveries).values(key).onConflictDoNothing().returning({ seq })
  if (added) return { first: true, ...added, jobIds: [] }
  const [earlier] = await tx.db.select({ seq, jobIds, isOpen }).from(deliveries).where(isDelivery(key))
  if (!earlier) throw new Error(`the delivery ${key.deliveryId} is gone`)
  const repeat = { first: false, seq: earlier.seq, jobIds: earlier.jobIds }
  if (!earlier.isOpen) return repeat
  const [taken] = await tx.db
    .update(deliveries)
    .set({ receivedAt: now, completedAt: null })
    .where(and(isDelivery(key), isOpen))
    .returning({ seq })
  return taken ? { first: true, ...taken, jobIds: [] } : repeat
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
