import { environmentSpec, type RevisionState } from '@stevedore/contract'
import { foreignKey, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { at, json } from './columns.ts'
import { environments } from './environments.ts'
import { jobs } from './jobs.ts'

export const revisions = pgTable(
  'revisions',
  {
    app: text().notNull(),
    environment: text().notNull(),
    number: integer().notNull(),
    image: text().notNull(),
    version: text().notNull(),
    settings: json('revisions.settings', environmentSpec).notNull(),
    specVersion: integer().notNull(),
    strategy: text().notNull(),
    state: text().$type<RevisionState>().notNull(),
    cause: text().notNull(),
    jobId: uuid()
      .notNull()
      .references(() => jobs.id),
    createdBy: text().notNull(),
    createdAt: at().notNull().defaultNow(),
    activatedAt: at(),
  },
  (table) => [
    primaryKey({ columns: [table.app, table.environment, table.number] }),
    foreignKey({
      columns: [table.app, table.environment],
      foreignColumns: [environments.app, environments.environment],
    }),
    // A repeat of the same job finds its revision instead of making another.
    uniqueIndex('revisions_by_job').on(table.jobId),
  ],
)
