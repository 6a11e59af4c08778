import { type EventType, type JobState, jobFailure, type StepState } from '@stevedore/contract'
import { z } from 'zod'
import { at, json } from '../columns.ts'
import { bigint, integer, pgSequence, pgTable, primaryKey, sql, text, uniqueIndex, uuid } from '../drizzle.ts'
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

/** Numbers events over all jobs. A number whose transaction fails is left out. @public for drizzle-kit, which makes it */
export const eventPositions = pgSequence('event_positions')

/** Facts of jobs. An insert wakes whoever watches the job: see `channels`. */
export const events = pgTable(
  'events',
  {
    jobId: uuid()
      .notNull()
      .references(() => jobs.id),
    seq: integer().notNull(),
    type: text().$type<EventType>().notNull(),
    at: at().notNull().defaultNow(),
    /** Read by its type's schema in `jobs/events.ts`. */
    data: json('events.data', z.unknown()).notNull(),
    /** Its place among the events of all jobs; null of those that are older than the column. */
    position: bigint({ mode: 'number' }).default(sql`nextval('event_positions')`),
  },
  (table) => [
    primaryKey({ columns: [table.jobId, table.seq] }),
    uniqueIndex('events_position').on(table.position).where(sql`position is not null`),
  ],
)
