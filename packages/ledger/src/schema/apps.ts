import { appSpec } from '@stevedore/contract'
import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { at, json } from './columns.ts'

export const apps = pgTable('apps', {
  app: text().primaryKey(),
  specVersion: integer().notNull(),
  retiredAt: at(),
})

/** Every version of a spec that was ever declared: a job runs under the one it was recorded with. */
export const appSpecs = pgTable(
  'app_specs',
  {
    app: text()
      .notNull()
      .references(() => apps.app),
    specVersion: integer().notNull(),
    spec: json('app_specs.spec', appSpec).notNull(),
    declaredBy: text().notNull(),
    declaredAt: at().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.app, table.specVersion] })],
)
