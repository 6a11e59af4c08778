import { customType, timestamp } from 'drizzle-orm/pg-core'
import { toStorableJson } from '../canonical-json.ts'

const storableJsonb = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: toStorableJson,
})

/** A JSON document; text that Postgres cannot store (NUL, lone surrogates) is replaced on its way in. */
export const json = <T>() => storableJsonb().$type<T>()

/** A moment, to the millisecond: what a JavaScript Date keeps without loss. */
export const at = () => timestamp({ withTimezone: true, precision: 3 })

export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' })
