import { at, bytes } from '../columns.ts'
import { bigint, boolean, integer, pgTable, primaryKey, uuid } from '../drizzle.ts'
import { jobs } from './jobs.ts'

/** Sessions between whoever asked for a command with a terminal and the worker that runs it. They pass. */
export const terminals = pgTable('terminals', {
  jobId: uuid()
    .primaryKey()
    .references(() => jobs.id, { onDelete: 'cascade' }),
  columns: integer().notNull(),
  rows: integer().notNull(),
  /** The number of the last piece of input that was taken. */
  taken: integer().notNull(),
  /** Moved on by the client: past it nobody sits there any more. */
  wantedUntil: at().notNull(),
  endedAt: at(),
})

/** What is on its way between the two, sealed: it may hold whatever is typed or shown. */
export const terminalPieces = pgTable(
  'terminal_pieces',
  {
    jobId: uuid()
      .notNull()
      .references(() => terminals.jobId, { onDelete: 'cascade' }),
    seq: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    isInput: boolean().notNull(),
    sealed: bytes().notNull(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.seq] })],
)
