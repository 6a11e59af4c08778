import type { JobFailure, StepState } from '@stevedore/contract'
import { integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at, json } from './columns.ts'
import { jobs } from './jobs.ts'

export const steps = pgTable(
  'steps',
  {
    jobId: uuid()
      .notNull()
      .references(() => jobs.id),
    name: text().notNull(),
    position: integer().notNull(),
    state: text().$type<StepState>().notNull(),
    attempt: integer().notNull(),
    result: json<unknown>(),
    failure: json<JobFailure>(),
    startedAt: at().notNull().defaultNow(),
    endedAt: at(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.name] })],
)
