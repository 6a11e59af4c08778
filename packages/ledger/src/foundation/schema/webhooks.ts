import { bigint, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at } from '../columns.ts'

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
  },
  (table) => [
    primaryKey({ columns: [table.app, table.provider, table.deliveryId] }),
    index('deliveries_by_body').on(table.app, table.provider, table.bodyHash),
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
