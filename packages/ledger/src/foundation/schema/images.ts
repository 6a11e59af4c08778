import { buildReport, scanReport } from '@stevedore/contract'
import { at, json } from '../columns.ts'
import { bigint, bigserial, pgTable, primaryKey, text, uniqueIndex, uuid } from '../drizzle.ts'
import { apps } from './apps.ts'
import { jobs } from './jobs.ts'

export const images = pgTable(
  'images',
  {
    app: text()
      .notNull()
      .references(() => apps.app),
    version: text().notNull(),
    target: text().notNull(),
    /** Drawn anew with each build: newest first goes by it. */
    seq: bigserial({ mode: 'number' }).notNull(),
    registry: text().notNull(),
    name: text().notNull(),
    tags: text().array().notNull(),
    imageId: text().notNull(),
    digest: text(),
    size: bigint({ mode: 'number' }).notNull(),
    report: json('images.report', buildReport).notNull(),
    /** Null: it was not scanned. */
    scan: json('images.scan', scanReport),
    jobId: uuid()
      .notNull()
      .references(() => jobs.id),
    createdAt: at().notNull().defaultNow(),
    pushedAt: at(),
  },
  (table) => [
    primaryKey({ columns: [table.app, table.version, table.target] }),
    uniqueIndex('images_by_age').on(table.app, table.seq.desc()),
  ],
)
