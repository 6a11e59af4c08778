import { observation } from '@stevedore/contract'
import { integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import { apps } from './apps.ts'
import { at, json } from './columns.ts'

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
