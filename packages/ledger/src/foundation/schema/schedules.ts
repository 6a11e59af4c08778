import { type ScheduleOutcome, schedule } from '@stevedore/contract'
import { at, json } from '../columns.ts'
import { index, pgTable, primaryKey, text, uuid } from '../drizzle.ts'
import { apps } from './apps.ts'

/** The schedules of the specs that apps stand under, each with its next time. Who makes something of a time holds its row. */
export const schedules = pgTable(
  'schedules',
  {
    app: text()
      .notNull()
      .references(() => apps.app),
    environment: text().notNull(),
    name: text().notNull(),
    declared: json('schedules.declared', schedule).notNull(),
    /** null where none comes. */
    nextAt: at(),
    /** Of the last time of which something was made: when it was due, what was made of it, and why nothing else. */
    lastDueAt: at(),
    lastOutcome: text().$type<ScheduleOutcome>(),
    lastReason: text(),
    /** The last job that was recorded. */
    lastJobId: uuid(),
  },
  (table) => [
    primaryKey({ columns: [table.app, table.environment, table.name] }),
    index('schedules_due').on(table.nextAt),
  ],
)

export type ScheduleRow = typeof schedules.$inferSelect
