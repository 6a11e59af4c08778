import {
  followUp,
  type JobKind,
  type JobState,
  jobControl,
  jobFailure,
  jobResult,
  recordedRequest,
  resolvedJob,
  type WaitReason,
} from '@stevedore/contract'
import { z } from 'zod'
import { at, json } from '../columns.ts'
import {
  bigint,
  boolean,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  sql,
  text,
  uniqueIndex,
  uuid,
} from '../drizzle.ts'
import { appSpecs } from './apps.ts'

export const jobs = pgTable(
  'jobs',
  {
    id: uuid().primaryKey(),
    /** The order in which jobs were recorded: lists and lines go by it, never by a clock. */
    seq: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    kind: text().$type<JobKind>().notNull(),
    app: text().notNull(),
    environment: text(),
    specVersion: integer().notNull(),
    /** What was asked for. */
    request: json('jobs.request', recordedRequest).notNull(),
    /** What the request came to mean when the job was recorded. */
    resolved: json('jobs.payload', resolvedJob).notNull(),
    next: json('jobs.next', z.array(followUp)).notNull(),
    state: text().$type<JobState>().notNull(),
    /** The fence: raised each time that the job is made ready for a worker. */
    attempt: integer().notNull(),
    failures: integer().notNull().default(0),
    maxFailures: integer().notNull(),
    losses: integer().notNull().default(0),
    maxLosses: integer().notNull(),
    /** Since when its attempts in a row have found something away, and how many; none since a step was done for the first time. */
    outageSince: at(),
    outageTries: integer().notNull().default(0),
    priority: integer().notNull().default(0),
    /** It takes a place in its environment's line: deploys and rollbacks, dry runs excepted. */
    inLine: boolean().notNull(),
    approval: boolean().notNull(),
    /** Who asked for it may approve it. */
    selfApproval: boolean().notNull().default(false),
    queue: text().$type<'latest' | 'all'>().notNull(),
    waitingFor: text().$type<WaitReason>(),
    dueAt: at(),
    control: json('jobs.control', jobControl).notNull().default({}),
    progress: integer().notNull().default(0),
    workerId: text(),
    leaseUntil: at(),
    result: json('jobs.result', jobResult),
    error: json('jobs.error', jobFailure),
    parentId: uuid(),
    /** `deliveries.seq` of the webhook that its pipeline began with; null where a person asked, and in jobs of older versions. */
    deliverySeq: bigint({ mode: 'number' }),
    requestedBy: text().notNull(),
    correlationId: text().notNull(),
    /** The trace that its pipeline began in; null where none was kept, and in jobs of older versions. */
    traceparent: text(),
    createdAt: at().notNull().defaultNow(),
    queuedAt: at(),
    startedAt: at(),
    finishedAt: at(),
    /** The last event's number: counted here, under the row's lock, so that events have no gaps. */
    eventSeq: integer().notNull().default(0),
    /** Bytes of output; no longer counted once past the limit. */
    logBytes: bigint({ mode: 'number' }).notNull().default(0),
  },
  (table) => [
    foreignKey({ columns: [table.app, table.specVersion], foreignColumns: [appSpecs.app, appSpecs.specVersion] }),
    uniqueIndex('jobs_seq').on(table.seq),
    index('jobs_by_app').on(table.app, table.seq.desc()),
    index('jobs_by_environment').on(table.app, table.environment, table.seq.desc()),
    index('jobs_by_state').on(table.state, table.seq.desc()),
    index('jobs_by_kind').on(table.kind, table.seq.desc()),
    // lease_until stays out of the indexes: a renewal then rewrites the row without touching one.
    index('jobs_running').on(table.seq).where(sql`state = 'running'`),
    index('jobs_due').on(table.dueAt).where(sql`state = 'waiting' and due_at is not null`),
    index('jobs_line')
      .on(table.app, table.environment, table.seq)
      .where(sql`in_line and state in ('queued', 'running', 'waiting')`),
    index('jobs_deployed_pushes')
      .on(table.app, table.environment, table.deliverySeq)
      .where(sql`in_line and state = 'succeeded' and delivery_seq is not null`),
    index('jobs_ended_in_line').on(table.finishedAt).where(sql`in_line and state in ('succeeded', 'failed')`),
    index('jobs_pushes').on(table.app, table.deliverySeq).where(sql`kind = 'build' and delivery_seq is not null`),
    index('jobs_by_parent').on(table.parentId).where(sql`parent_id is not null`),
  ],
)

export type JobRow = typeof jobs.$inferSelect

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** Whose key it is: two callers may use the same. */
    actor: text().notNull(),
    key: text().notNull(),
    bodyHash: text().notNull(),
    jobId: uuid().notNull(),
    createdAt: at().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.actor, table.key] })],
)
