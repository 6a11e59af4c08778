import { at } from '../columns.ts'
import { bigint, boolean, index, integer, pgTable, primaryKey, text, uuid } from '../drizzle.ts'
import { jobs } from './jobs.ts'

/** Output of jobs. An insert wakes whoever watches the job: see `channels`. */
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

/** Readers of a running app's output, each served by one worker while it keeps asking. */
export const logWatches = pgTable(
  'log_watches',
  {
    id: uuid().primaryKey().defaultRandom(),
    app: text().notNull(),
    environment: text().notNull(),
    follow: boolean().notNull(),
    tailLines: integer().notNull(),
    /** null: of all. */
    process: text(),
    takenBy: text(),
    /** Moved on by the reader: past it nobody reads any more. */
    wantedUntil: at().notNull(),
    endedAt: at(),
    failure: text(),
  },
  (table) => [index('log_watches_by_need').on(table.wantedUntil)],
)

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
