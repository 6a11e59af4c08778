import type { EventType } from '@stevedore/contract'
import { integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import { at, json } from './columns.ts'
import { jobs } from './jobs.ts'

export const events = pgTable(
  'events',
  {
    jobId: uuid()
      .notNull()
      .references(() => jobs.id),
    seq: integer().notNull(),
    type: text().$type<EventType>().notNull(),
    at: at().notNull().defaultNow(),
    /** Read by its type's schema in `events.ts`. */
    data: json('events.data', z.unknown()).notNull(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.seq] })],
)
