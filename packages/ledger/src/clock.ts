import { sql } from 'drizzle-orm'
import type { Ledger } from './ledger.ts'
import { query } from './transact.ts'

/** The ledger's own time: the one clock that all machines share. */
export function readClock(ledger: Ledger): Promise<Date> {
  return query(ledger, async (db) => {
    const { rows } = await db.execute<{ at: string }>(sql`select extract(epoch from clock_timestamp()) * 1000 as at`)
    return new Date(Number(rows[0]?.at))
  })
}
