import type { Client } from 'pg'

/** A sequence, and the column whose rows get their numbers from it. */
interface LedgerSequence {
  name: string
  table: string
  column: string
}

/** Of these tables: those that belong to a column, and those that only its default names, which PostgreSQL ties to no column. */
export async function listSequences(client: Client, tables: readonly string[]): Promise<LedgerSequence[]> {
  const { rows } = await client.query<LedgerSequence>(
    `SELECT s.relname AS name, c.relname AS table, a.attname AS column FROM pg_class s
     JOIN LATERAL (
       SELECT d.refobjid AS relation, d.refobjsubid AS number FROM pg_depend d
       WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
       UNION
       SELECT f.adrelid, f.adnum FROM pg_attrdef f
       JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refobjid = s.oid
     ) used ON true
     JOIN pg_class c ON c.oid = used.relation
     JOIN pg_attribute a ON a.attrelid = used.relation AND a.attnum = used.number
     WHERE s.relkind = 'S' AND s.relnamespace = 'public'::regnamespace
       AND c.relnamespace = 'public'::regnamespace AND c.relname = ANY($1)
     ORDER BY s.relname`,
    [tables],
  )
  return rows
}
