import { appSpec } from '@stevedore/contract'
import { at, bytes, json } from '../columns.ts'
import { bigint, index, integer, pgTable, primaryKey, text, uuid } from '../drizzle.ts'

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

/** Archives of sources, sent beforehand for the builds that are to unpack them. */
export const uploads = pgTable(
  'uploads',
  {
    id: uuid().primaryKey().defaultRandom(),
    app: text().notNull(),
    bytes: bigint({ mode: 'number' }).notNull().default(0),
    createdBy: text().notNull(),
    createdAt: at().notNull().defaultNow(),
    /** Null while it arrives: such an upload cannot be opened. */
    completedAt: at(),
  },
  (table) => [index('uploads_by_age').on(table.createdAt)],
)

export const uploadChunks = pgTable(
  'upload_chunks',
  {
    uploadId: uuid()
      .notNull()
      .references(() => uploads.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
    data: bytes().notNull(),
  },
  (table) => [primaryKey({ columns: [table.uploadId, table.position] })],
)
