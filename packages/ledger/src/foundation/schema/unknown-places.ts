import { z } from 'zod'
import { at, json } from '../columns.ts'
import { integer, pgTable, primaryKey, text } from '../drizzle.ts'

/** What workers found on their engines of places that the ledger does not know; of each host as it was last looked at. */
export const unknownPlaces = pgTable(
  'unknown_places',
  {
    app: text().notNull(),
    environment: text().notNull(),
    host: text().notNull(),
    replicas: integer().notNull(),
    revisions: json('unknown_places.revisions', z.array(z.int())).notNull(),
    claims: json('unknown_places.claims', z.array(z.string())).notNull(),
    seenAt: at().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.app, table.environment, table.host] })],
)
