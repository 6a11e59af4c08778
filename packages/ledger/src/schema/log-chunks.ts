import { bigint, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at } from './columns.ts'
import { jobs } from './jobs.ts'

export const logChunks = pgTable(
  'log_chunks',
  {
    jobId: uuid()
      .notNull()
      .references(() => jobs.id),
    /** Bytes before this chunk. */
    start: bigint({ mode: 'number' }).notNull(),
    text: text().notNull(),
    at: at().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.start] })],
)
