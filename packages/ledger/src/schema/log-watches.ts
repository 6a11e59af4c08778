import { boolean, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { at } from './columns.ts'

/** Readers of a running app's output, each served by one worker while it keeps asking. */
export const logWatches = pgTable(
  'log_watches',
  {
    id: uuid().primaryKey().defaultRandom(),
    app: text().notNull(),
    environment: text().notNull(),
    follow: boolean().notNull(),
    tailLines: integer().notNull(),
    takenBy: text(),
    /** Moved on by the reader: past it nobody reads any more. */
    wantedUntil: at().notNull(),
    endedAt: at(),
    failure: text(),
  },
  (table) => [index('log_watches_by_need').on(table.wantedUntil)],
)
