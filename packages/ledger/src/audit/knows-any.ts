import { inArray } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { audit } from '../foundation/schema/audit.ts'
import { query } from '../foundation/transact.ts'
import type { Head } from './checkpoint.ts'

/** Whether the trail holds one of the heads as it was: where it holds none, they may be another trail's. */
export async function knowsAny(ledger: Ledger, heads: readonly Head[]): Promise<boolean> {
  const numbers = heads.map(({ seq }) => seq)
  const rows = await query(ledger, (db) =>
    db.select({ seq: audit.seq, hash: audit.hash }).from(audit).where(inArray(audit.seq, numbers)),
  )
  return rows.some((row) => heads.some(({ seq, hash }) => seq === row.seq && hash === row.hash))
}
