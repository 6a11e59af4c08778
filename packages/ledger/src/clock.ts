import { sql } from 'drizzle-orm'
import type { Database, Ledger } from './ledger.ts'
import { query } from './transact.ts'

/** The ledger's own time: the one clock that all machines share. */
export function readClock(ledger: Ledger): Promise<Date> {
  return query(ledger, selectClock)
}

/** The same, inside a transaction. */
export async function selectClock(db: Database): Promise<Date> {
  const { rows } = await db.execute<{ ms: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  )
  const [{ ms }] = rows as [{ ms: number }]
  return new Date(ms)
}
