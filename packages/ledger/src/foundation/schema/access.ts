import type { Role } from '@stevedore/contract'
import { sql } from 'drizzle-orm'
import { pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { at, bytes } from '../columns.ts'

export const tokens = pgTable(
  'tokens',
  {
    id: uuid().primaryKey().defaultRandom(),
    name: text().notNull(),
    /** SHA-256: a token has 256 random bits, so that a slow hash would add nothing. */
    hash: bytes().notNull(),
    role: text().$type<Role>().notNull(),
    app: text(),
    environment: text(),
    createdAt: at().notNull().defaultNow(),
    expiresAt: at(),
    lastUsedAt: at(),
    revokedAt: at(),
  },
  (table) => [
    uniqueIndex('tokens_hash').on(table.hash),
    // The audit trail names its actors by token: a name means one token at a time.
    uniqueIndex('tokens_name').on(table.name).where(sql`revoked_at is null`),
  ],
)

/** '' stands for "every app" and "every environment": a key column cannot be null. */
export const secrets = pgTable(
  'secrets',
  {
    name: text().notNull(),
    app: text().notNull(),
    environment: text().notNull(),
    sealed: bytes().notNull(),
    fingerprint: text().notNull(),
    updatedAt: at().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.name, table.app, table.environment] })],
)
