import { bigint, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { at, bytes } from './columns.ts'

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
