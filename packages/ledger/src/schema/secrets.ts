import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { at, bytes } from './columns.ts'

/** '' stands for "every app" and "every environment": a key column cannot be null. */
export const secrets = pgTable(
  'secrets',
  {
    name: text().notNull(),
    app: text().notNull(),
    environment: text().notNull(),
    sealed: bytes().notNull(),
    fingerprint: text().notNull(),
    updatedAt: at().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.name, table.app, table.environment] })],
)
