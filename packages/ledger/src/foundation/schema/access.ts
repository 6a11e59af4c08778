import type { Role } from '@stevedore/contract'
import { z } from 'zod'
import { at, bytes } from '../columns.ts'
import { foreignKey, index, integer, pgTable, primaryKey, sql, text, uniqueIndex, uuid } from '../drizzle.ts'

export const tokens = pgTable(
  'tokens',
  {
    id: uuid().primaryKey().defaultRandom(),
    name: text().notNull(),
    /** SHA-256: a token has 256 random bits, so that a slow hash would add nothing. */
    hash: bytes().notNull(),
    role: text().$type<Role>().notNull(),
    /** Whose it is; null: of whom its name says. */
    person: text(),
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

/** Who has signed in with a browser. The id is a secret of 256 random bits, as a token is. */
export const sessions = pgTable(
  'sessions',
  {
    hash: bytes().primaryKey(),
    tokenId: uuid()
      .notNull()
      .references(() => tokens.id, { onDelete: 'cascade' }),
    createdAt: at().notNull().defaultNow(),
    /** To the minute. */
    seenAt: at().notNull().defaultNow(),
  },
  (table) => [index('sessions_by_seen').on(table.seenAt)],
)

/**
 * The values that hold. '' stands for "every app" and "every environment": a key column cannot be null. The trigger `secrets_keep_version`
 * (drizzle/0003) raises `version` and keeps the value before in `secret_versions` when another one is stored, so that a process of an earlier
 * version of the service loses none either.
 */
export const secrets = pgTable(
  'secrets',
  {
    name: text().notNull(),
    app: text().notNull(),
    environment: text().notNull(),
    version: integer().notNull().default(1),
    sealed: bytes().notNull(),
    fingerprint: text().notNull(),
    /** Where it may be sent as a credential; null: it was used as none yet. */
    hosts: text().array(),
    updatedAt: at().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.name, table.app, table.environment] })],
)

/** Values that held before. */
export const secretVersions = pgTable(
  'secret_versions',
  {
    name: text().notNull(),
    app: text().notNull(),
    environment: text().notNull(),
    version: integer().notNull(),
    sealed: bytes().notNull(),
    fingerprint: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.app, table.environment, table.version] }),
    foreignKey({
      name: 'secret_versions_of_secret',
      columns: [table.name, table.app, table.environment],
      foreignColumns: [secrets.name, secrets.app, secrets.environment],
    }).onDelete('cascade'),
  ],
)

/** Registries and Prometheus servers that may be on private networks, each as it is or with a port. */
export const vouchedHosts = pgTable('vouched_hosts', { host: text().primaryKey() })

/** One value of a secret: where it is stored (null: for all), and which of those that were stored there. */
export const secretVersion = z.strictObject({
  name: z.string(),
  app: z.string().nullable(),
  environment: z.string().nullable(),
  version: z.int(),
  fingerprint: z.string(),
})
export type SecretVersion = z.output<typeof secretVersion>
