import type { By } from '../foundation/append-audit.ts'
import { now } from '../foundation/clock.ts'
import { and, desc, eq, isNull, or, sql } from '../foundation/drizzle.ts'
import { toStorableText } from '../foundation/json.ts'
import type { Database, Ledger } from '../foundation/ledger.ts'
import { type DeliveryContent, deliveries } from '../foundation/schema/webhooks.ts'
import { query, type Transaction, transact } from '../foundation/transact.ts'

interface DeliveryKey {
  app: string
  provider: string
  deliveryId: string
}

/** A webhook that arrives. */
export interface NewDelivery extends DeliveryKey {
  /** SHA-256 of what it says, where anybody could send that again under another id. */
  bodyHash?: string | undefined
  /** `reconciled`: it came while the ledger was away; `redelivered`: a person had it judged anew. */
  cause?: 'reconciled' | 'redelivered'
  /** What it told, in words. */
  event?: string
  /** Kept where it is not too long. */
  content?: DeliveryContent
  redeliveryOf?: number
  /** Who has it judged; default: its provider. */
  by?: By
}

const longestContent = 65_536
const longestReason = 2_000

export interface RecordedDelivery {
  /** This caller is to act on it. */
  first: boolean
  /** Under which it is recorded: that of the first, where the same came again under another. */
  deliveryId: string
  /** Its place among all deliveries, which a repeat does not change. */
  seq: number
  jobIds: string[]
}

function isDelivery({ app, provider, deliveryId }: DeliveryKey) {
  return and(eq(deliveries.app, app), eq(deliveries.provider, provider), eq(deliveries.deliveryId, deliveryId))
}

/**
 * Notes that a webhook has arrived. One that started nothing is first again: why it was refused or left out may be over. One that was never
 * completed, its receiver having died, is so a minute later; jobs enqueued under an idempotency key made of the delivery are then not doubled.
 */
export function recordDelivery(ledger: Ledger, delivery: NewDelivery): Promise<RecordedDelivery> {
  const {
    app,
    provider,
    deliveryId,
    cause,
    by = { actor: `webhook:${provider}`, correlationId: deliveryId },
  } = delivery
  return transact(ledger, async (tx) => {
    const taken = await takeDelivery(tx, delivery)
    if (taken.first) {
      tx.record({ by, action: 'webhook.received', app, detail: { provider, deliveryId, ...(cause && { cause }) } })
    }
    return taken
  })
}

/** A repeat that nobody is to act on writes nothing and locks nothing: many may come at once. */
async function takeDelivery(tx: Transaction, delivery: NewDelivery): Promise<RecordedDelivery> {
  const known = await findEarlier(tx.db, delivery)
  if (known && !known.isOpen) return { first: false, ...known }
  const { app, provider, deliveryId, bodyHash, event = null, content = null, redeliveryOf = null } = delivery
  await tx.db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${app} ${bodyHash ?? deliveryId}`}, 0))`)
  const earlier = await findEarlier(tx.db, delivery)
  const told = { event, content: JSON.stringify(content).length > longestContent ? null : content }
  if (earlier) return earlier.isOpen ? reopen(tx, { app, provider, ...earlier }, told) : { first: false, ...earlier }
  const values = { app, provider, deliveryId, bodyHash: bodyHash ?? null, redeliveryOf, ...told }
  const [added] = await tx.db.insert(deliveries).values(values).returning({ seq: deliveries.seq })
  if (!added) throw new Error(`the delivery ${deliveryId} is not recorded`)
  return { first: true, deliveryId, ...added, jobIds: [] }
}

async function reopen(
  tx: Transaction,
  { seq, ...key }: DeliveryKey & { seq: number },
  told: { event: string | null; content: DeliveryContent | null },
): Promise<RecordedDelivery> {
  const anew = { receivedAt: now, completedAt: null, reason: null, ...told }
  await tx.db.update(deliveries).set(anew).where(isDelivery(key))
  return { first: true, deliveryId: key.deliveryId, seq, jobIds: [] }
}

const startedNothing = sql`(${deliveries.completedAt} is not null and cardinality(${deliveries.jobIds}) = 0)`
const isAbandoned = sql`(${deliveries.completedAt} is null and ${deliveries.receivedAt} < now() - interval '1 minute')`
const isOpen = sql<boolean>`(${startedNothing} or ${isAbandoned})`

/**
 * Whether its ref was pushed elsewhere since: then the same is news once more, since a forge need not say when something was pushed. What
 * its commit may still do is for the order of the branch to say.
 */
const isPassed = sql`exists (
  select from jobs own
  join jobs later on later.app = own.app
    and later.delivery_seq > ${deliveries.seq}
    and (later.request -> 'trigger') - 'commit' = (own.request -> 'trigger') - 'commit'
    and later.request #> '{trigger,commit}' <> own.request #> '{trigger,commit}'
  where own.id = any(${deliveries.jobIds}))`

/** The record of the same delivery, or of the last that said the same. */
async function findEarlier(db: Database, delivery: NewDelivery) {
  const { app, provider, bodyHash } = delivery
  const { seq, deliveryId, jobIds } = deliveries
  const isSaid =
    bodyHash === undefined
      ? undefined
      : and(
          eq(deliveries.app, app),
          eq(deliveries.provider, provider),
          eq(deliveries.bodyHash, bodyHash),
          sql`not ${isPassed}`,
        )
  const [earlier] = await db
    .select({ seq, deliveryId, jobIds, isOpen })
    .from(deliveries)
    .where(or(isDelivery(delivery), isSaid))
    .orderBy(desc(eq(deliveryId, delivery.deliveryId)), desc(seq))
    .limit(1)
  return earlier
}

/** Notes what came of a webhook: a repeat of it is answered with the same jobs. @param reason why not all that its triggers say */
export function completeDelivery(
  ledger: Ledger,
  { jobIds, reason = null, ...key }: DeliveryKey & { jobIds: string[]; reason?: string | null },
): Promise<void> {
  const told = reason === null ? null : toStorableText(reason).slice(0, longestReason)
  return query(ledger, async (db) => {
    await db.update(deliveries).set({ jobIds, reason: told, completedAt: now }).where(isDelivery(key))
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
