import { environmentSpec, observation, type RevisionState, scale } from '@stevedore/contract'
import { z } from 'zod'
import { at, json } from '../columns.ts'
import { foreignKey, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from '../drizzle.ts'
import { secretVersion } from './access.ts'
import { apps } from './apps.ts'
import { jobs } from './jobs.ts'

/** The row is the environment's lock: whoever changes its line or what it runs holds it. */
export const environments = pgTable(
  'environments',
  {
    app: text()
      .notNull()
      .references(() => apps.app),
    environment: text().notNull(),
    /** The one deploy or rollback that holds the environment. */
    activeJobId: uuid(),
    currentRevision: integer(),
    lastRevision: integer().notNull().default(0),
    pinnedBy: text(),
    pinnedAt: at(),
    /** Colours that still run without traffic, and until when. */
    warm: json('environments.warm', z.array(z.strictObject({ revision: z.int(), until: z.string() })))
      .notNull()
      .default([]),
    /** One that another version wrote may not be readable: the observer replaces it within seconds. */
    observed: json('environments.observed', observation.nullable().catch(null)),
    observedAt: at(),
  },
  (table) => [primaryKey({ columns: [table.app, table.environment] })],
)

export type EnvironmentRow = typeof environments.$inferSelect

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
    /** What it was given of its secrets; [] in rows that were written before this was kept. */
    secrets: json('revisions.secrets', z.array(secretVersion)).notNull().default([]),
    /** The limit of memory of containers for which its settings name none; null for none, as in rows from before there was one. */
    defaultMemory: text(),
    state: text().$type<RevisionState>().notNull(),
    cause: text().notNull(),
    /** Where its own job does not know it: a restart's is that of what it restarts. */
    target: text(),
    /** Counts of replicas that go before those of its settings; null where they hold. */
    scale: json('revisions.scale', scale.nullable()),
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
