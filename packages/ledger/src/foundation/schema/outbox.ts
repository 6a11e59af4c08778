import type { JobKind } from '@stevedore/contract'
import { at } from '../columns.ts'
import { bigint, index, integer, pgTable, sql, text, uniqueIndex, uuid } from '../drizzle.ts'
import { jobs } from './jobs.ts'

/**
 * Messages that the transport is to carry: written with the state that they announce, published after. An insert wakes the dispatcher: see
 * `channels`.
 */
export const outbox = pgTable(
  'outbox',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    jobId: uuid()
      .notNull()
      .references(() => jobs.id),
    attempt: integer().notNull(),
    kind: text().$type<JobKind>().notNull(),
    priority: integer().notNull(),
    /** Not to be delivered before. */
    dueAt: at().notNull().defaultNow(),
    /** Since when it has been waiting to be published. */
    readyAt: at().notNull().defaultNow(),
    publishedAt: at(),
  },
  (table) => [
    uniqueIndex('outbox_message').on(table.jobId, table.attempt),
    index('outbox_unpublished').on(table.id).where(sql`published_at is null`),
    index('outbox_published').on(table.publishedAt).where(sql`published_at is not null`),
  ],
)
