import { type SQL, sql } from './drizzle.ts'
import type { Database, Ledger } from './ledger.ts'
import { takeOnly } from './rows.ts'
import { query } from './transact.ts'

/** Postgres's clock is the only one: the machines of the API and the workers may disagree. It stands still within a transaction. */
export const now: SQL<Date> = sql`now()`

export function fromNow(ms: number): SQL<Date> {
  return sql`now() + ${Math.round(ms)} * interval '1 millisecond'`
}

/** The ledger's own time: the one clock that all machines share. */
export function readClock(ledger: Ledger): Promise<Date> {
  return query(ledger, selectClock)
}

/** The same, inside a transaction; it goes on there. */
export async function selectClock(db: Database): Promise<Date> {
  const { rows } = await db.execute<{ ms: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  )
  return new Date(takeOnly(rows, 'the clock').ms)
}
