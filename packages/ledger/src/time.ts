import { type SQL, sql } from 'drizzle-orm'

/** Postgres's clock is the only one: the machines of the API and the workers may disagree. */
export const now: SQL<Date> = sql`now()`

export function fromNow(ms: number): SQL<Date> {
  return sql`now() + ${Math.round(ms)} * interval '1 millisecond'`
}
