import { jobFailure, type StepState } from '@stevedore/contract'
import { integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { z } from 'zod'
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
    /** Read by whoever runs the step again, who knows what it keeps. */
    result: json('steps.result', z.unknown()),
    failure: json('steps.failure', jobFailure),
    startedAt: at().notNull().defaultNow(),
    endedAt: at(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.name] })],
)
