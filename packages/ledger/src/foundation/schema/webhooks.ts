import { deliveredEvent } from '@stevedore/contract'
import { z } from 'zod'
import { at, json } from '../columns.ts'
import { bigint, index, pgTable, primaryKey, text, uuid } from '../drizzle.ts'

/** What a webhook told, as far as anything is decided by it: no more of its body is kept, and nothing that its sender proved itself with. */
export const deliveryContent = z.strictObject({
  /** `https://host/path` of the repository that it is of. */
  repository: z.array(z.string()),
  events: z.array(deliveredEvent),
})
export type DeliveryContent = z.output<typeof deliveryContent>

/** Webhooks that have arrived, by the provider's own id. */
export const deliveries = pgTable(
  'deliveries',
  {
    app: text().notNull(),
    provider: text().notNull(),
    deliveryId: text().notNull(),
    /** SHA-256 of what it said, where its id is not among what is signed: anybody could give it another. */
    bodyHash: text(),
    /** The order in which they were first recorded. */
    seq: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    receivedAt: at().notNull().defaultNow(),
    /** Null until its jobs are recorded. */
    completedAt: at(),
    jobIds: uuid().array().notNull().default([]),
    /** Of what it told, in words; null in rows of older versions. */
    event: text(),
    /** Why it started nothing, or not all. */
    reason: text(),
    /** Pruned before the row is; null also where it is too long to be kept. */
    content: json('deliveries.content', deliveryContent),
    /** `seq` of the one that a person had judged anew. */
    redeliveryOf: bigint({ mode: 'number' }),
  },
  (table) => [
    primaryKey({ columns: [table.app, table.provider, table.deliveryId] }),
    index('deliveries_by_body').on(table.app, table.provider, table.bodyHash),
    index('deliveries_by_app').on(table.app, table.seq.desc()),
    index('deliveries_by_age').on(table.receivedAt),
  ],
)

/** For which provider's webhooks the secret of an app that names none is used: the one that it was first used for. */
export const webhookBindings = pgTable('webhook_bindings', {
  app: text().primaryKey(),
  provider: text().notNull(),
  /** Of the value that it holds for; another one is bound anew. */
  fingerprint: text().notNull(),
})
