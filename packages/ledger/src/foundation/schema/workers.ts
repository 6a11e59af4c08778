import { z } from 'zod'
import { at, json } from '../columns.ts'
import { index, integer, pgTable, text } from '../drizzle.ts'

/** A site that does not answer its worker, since a moment of the ledger's clock. */
const absence = z.strictObject({ site: z.string(), since: z.iso.datetime(), reason: z.string() })

/** The workers that live, each as it last told of itself. Nothing hangs on a row: one that is gone lets its own grow old. */
export const workers = pgTable(
  'workers',
  {
    id: text().primaryKey(),
    /** Null of a worker that is older than the column. */
    version: text(),
    /** What it takes: nothing while it drains. */
    kinds: text().array().notNull(),
    /** How many jobs of each kind it runs at a time; null of an older worker. */
    concurrency: integer(),
    /** All that its engines work on, by the names of sites. */
    sites: text().array().notNull(),
    away: json('workers.away', z.array(absence)).notNull(),
    startedAt: at().notNull().defaultNow(),
    seenAt: at().notNull().defaultNow(),
  },
  (table) => [index('workers_by_seen').on(table.seenAt)],
)
