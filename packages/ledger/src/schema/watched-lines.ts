import { bigint, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { logWatches } from './log-watches.ts'

/** Output on its way from a worker to a reader. */
export const watchedLines = pgTable(
  'watched_lines',
  {
    watchId: uuid()
      .notNull()
      .references(() => logWatches.id, { onDelete: 'cascade' }),
    seq: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    line: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.watchId, table.seq] })],
)
