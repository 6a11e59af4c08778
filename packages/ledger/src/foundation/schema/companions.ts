import { recordedService } from '@stevedore/contract'
import { z } from 'zod'
import { at, json } from '../columns.ts'
import { foreignKey, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from '../drizzle.ts'
import { secretVersion } from './access.ts'
import { environments } from './environments.ts'
import { jobs } from './jobs.ts'

export type ServiceState = 'pending' | 'active' | 'retired' | 'failed'

/** What companions were made of, each change of one a revision of its own; at most one of each name is active. */
export const services = pgTable(
  'services',
  {
    app: text().notNull(),
    environment: text().notNull(),
    name: text().notNull(),
    number: integer().notNull(),
    settings: json('services.settings', recordedService).notNull(),
    specVersion: integer().notNull(),
    secrets: json('services.secrets', z.array(secretVersion)).notNull(),
    state: text().$type<ServiceState>().notNull(),
    jobId: uuid()
      .notNull()
      .references(() => jobs.id),
    createdBy: text().notNull(),
    createdAt: at().notNull().defaultNow(),
    activatedAt: at(),
  },
  (table) => [
    primaryKey({ columns: [table.app, table.environment, table.name, table.number] }),
    foreignKey({
      columns: [table.app, table.environment],
      foreignColumns: [environments.app, environments.environment],
    }),
    // A repeat of the same job finds its revision instead of making another.
    uniqueIndex('services_by_job').on(table.jobId, table.name),
  ],
)
