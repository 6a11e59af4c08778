import type { Client } from 'pg'
import { ownTables } from '../foundation/own-tables.ts'

export interface LedgerTable {
  name: string
  /** Those that PostgreSQL does not work out by itself. */
  columns: string[]
}

/** The ledger's tables as they are in this database, each after those that its rows point at. */
export async function listTables(client: Client): Promise<LedgerTable[]> {
  const { rows } = await client.query<LedgerTable & { needs: string[] }>(
    `SELECT c.relname AS name,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       ARRAY(SELECT f.confrelid::regclass::text FROM pg_constraint f
             WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS needs
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname = ANY($1)
     ORDER BY c.relname`,
    [ownTables],
  )
  return order(rows).map(({ name, columns }) => ({ name, columns }))
}

/** Keys go one way: a circle of them would have no order, and is refused. */
function order<T extends { name: string; needs: string[] }>(tables: readonly T[], done: readonly T[] = []): T[] {
  const names = new Set(done.map(({ name }) => name))
  const left = tables.filter(({ name }) => !names.has(name))
  if (left.length === 0) return [...done]
  const next = left.filter(({ needs }) => needs.every((need) => names.has(need)))
  if (next.length === 0) throw new Error(`the tables ${left.map(({ name }) => name).join(', ')} point at each other`)
  return order(tables, [...done, ...next])
}
