import { createRequire } from 'node:module'

/**
 * drizzle-orm, read as CommonJS: for each of its hundred ES modules Node reads its package.json anew, whose map of exports is 180 kB, and
 * most of the time that a process took to start went there.
 */
const load = createRequire(import.meta.url)

export type { SQL, SQLWrapper } from 'drizzle-orm'
export type { NodePgDatabase } from 'drizzle-orm/node-postgres'
export type { AnyPgColumn } from 'drizzle-orm/pg-core'

export const {
  and,
  asc,
  count,
  desc,
  eq,
  gt,
  gte,
  inArray,
  is,
  isNotNull,
  isNull,
  lt,
  lte,
  max,
  ne,
  notInArray,
  or,
  sql,
  getTableColumns,
  getTableName,
} = load('drizzle-orm') as typeof import('drizzle-orm')

export const {
  PgTable,
  alias,
  bigint,
  bigserial,
  boolean,
  customType,
  foreignKey,
  index,
  integer,
  pgSequence,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unionAll,
  uniqueIndex,
  uuid,
} = load('drizzle-orm/pg-core') as typeof import('drizzle-orm/pg-core')

export const { drizzle } = load('drizzle-orm/node-postgres') as typeof import('drizzle-orm/node-postgres')
export const { migrate } = load(
  'drizzle-orm/node-postgres/migrator',
) as typeof import('drizzle-orm/node-postgres/migrator')
export const { CasingCache } = load('drizzle-orm/casing') as typeof import('drizzle-orm/casing')
export const { DrizzleQueryError } = load('drizzle-orm/errors') as typeof import('drizzle-orm/errors')
