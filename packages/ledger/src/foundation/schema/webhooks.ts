import { bigint, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at } from '../columns.ts'

/** Webhooks that have arrived, by the provider's own id. */
export const deliveries = pgTable(
  'deliveries',
  {
    app: text().notNull(),
    provider: text().notNull(),
    deliveryId: text().notNull(),
    /** The order in which they were first recorded. */
    seq: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    receivedAt: at().notNull().defaultNow(),
    /** Null until its jobs are recorded. */
    completedAt: at(),
    jobIds: uuid().array().notNull().default([]),
  },
  (table) => [
    primaryKey({ columns: [table.app, table.provider, table.deliveryId] }),
    index('deliveries_by_age').on(table.receivedAt),
  ],
)
