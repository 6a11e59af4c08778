import { readStored, shapeOf } from '@stevedore/contract'
import type { z } from 'zod'
import { customType, timestamp } from './drizzle.ts'
import { toStorableJson } from './json.ts'

/**
 * A JSON document of a schema; text that Postgres cannot store (NUL, lone surrogates) is replaced on its way in, and a document of another
 * version is brought up to date, or refused by name, on its way out.
 * @param name `table.column`: where it is, also for whoever meets a document that cannot be read
 */
export function json<S extends z.ZodType>(name: string, schema: S) {
  const shape = shapeOf(schema)
  return customType<{ data: z.output<S>; driverData: unknown }>({
    dataType: () => 'jsonb',
    toDriver: toStorableJson,
    fromDriver: (value) => readStored(name, shape, value),
  })(name.slice(name.indexOf('.') + 1))
}

/** A moment, to the millisecond: what a JavaScript Date keeps without loss. */
export const at = () => timestamp({ withTimezone: true, precision: 3 })

export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })
