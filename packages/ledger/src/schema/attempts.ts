import { type JobState, jobFailure } from '@stevedore/contract'
import { integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at, json } from './columns.ts'
import { jobs } from './jobs.ts'

/** One row per claim: who ran it, and what it led to. */
export const attempts = pgTable(
  'attempts',
  {
    jobId: uuid()
      .notNull()
      .references(() => jobs.id),
    attempt: integer().notNull(),
    workerId: text().notNull(),
    startedAt: at().notNull().defaultNow(),
    endedAt: at(),
    /** The state that the job went to. */
    outcome: text().$type<JobState>(),
    failure: json('attempts.failure', jobFailure),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.attempt] })],
)
