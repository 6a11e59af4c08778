import type { GrantAccess, GrantCause, ResourceKind } from '@stevedore/contract'
import { at } from '../columns.ts'
import { pgTable, primaryKey, text } from '../drizzle.ts'

/** Which app may use what several could name. An app that has nothing of it here has no row. */
export const grants = pgTable(
  'grants',
  {
    kind: text().$type<ResourceKind>().notNull(),
    name: text().notNull(),
    /** '' where there is none: a key column cannot be null. */
    context: text().notNull(),
    /** '*': every app. It need not be declared yet. */
    app: text().notNull(),
    access: text().$type<GrantAccess>().notNull(),
    cause: text().$type<GrantCause>().notNull(),
    grantedBy: text().notNull(),
    grantedAt: at().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.name, table.context, table.app] })],
)
