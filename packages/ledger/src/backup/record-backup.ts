import type { By } from '../foundation/append-audit.ts'
import { sql } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { audit } from '../foundation/schema/audit.ts'
import { query, transact } from '../foundation/transact.ts'
import type { Manifest } from './manifest.ts'

/** Notes that somebody has a copy of all that the ledger holds. */
export function recordBackup(ledger: Ledger, { tables, head }: Manifest, by: By): Promise<void> {
  const sum = (of: 'rows' | 'bytes') => tables.reduce((total, table) => total + table[of], 0)
  return transact(ledger, async (tx) => {
    tx.record({ by, action: 'backup.made', detail: { seq: head?.seq ?? 0, rows: sum('rows'), bytes: sum('bytes') } })
  })
}

/** Notes that the ledger begins anew from a copy: what came after it is not in the trail. */
export function recordRestore(ledger: Ledger, { takenAt, head }: Manifest, by: By): Promise<void> {
  return transact(ledger, async (tx) => {
    tx.record({ by, action: 'backup.restored', detail: { seq: head?.seq ?? 0, takenAt } })
  })
}

/** How old the newest backup is, in milliseconds; without one, the trail itself. 0 while nothing is in that either. */
export function readBackupAge(ledger: Ledger): Promise<number> {
  return query(ledger, async (db) => {
    const { rows } = await db.execute<{ age: number }>(sql`
      select coalesce(extract(epoch from now() - coalesce(
        (select at from ${audit} where action = 'backup.made' order by seq desc limit 1),
        (select at from ${audit} order by seq limit 1))) * 1000, 0)::float8 as age`)
    return Math.max(0, rows[0]?.age ?? 0)
  })
}
