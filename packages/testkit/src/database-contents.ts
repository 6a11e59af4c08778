import { Client } from 'pg'

/** Reads happen all the time; that a token was used is no change. */
const ignored: Record<string, string> = { tokens: 'last_used_at' }
/** Of readers who look on; they go a moment after them. */
const passing = ['log_watches', 'watched_lines']

/** What a ledger's tables hold, as one text per table, to show that nothing changed between two looks. */
export async function readContents(databaseUrl: string): Promise<Record<string, string>> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const contents: Record<string, string> = {}
    for (const { schema, name } of await listTables(client)) {
      const row = ignored[name] ? `(to_jsonb(t) - '${ignored[name]}')::text` : 't::text'
      const { rows } = await client.query(
        `SELECT count(*) || ':' || coalesce(md5(string_agg(${row}, ',' ORDER BY ${row})), '') AS sum FROM "${schema}"."${name}" t`,
      )
      contents[name] = rows[0].sum
    }
    return contents
  } finally {
    await client.end()
  }
}

async function listTables(client: Client): Promise<{ schema: string; name: string }[]> {
  const { rows } = await client.query(
    `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`,
  )
  return rows.filter(({ name }) => !passing.includes(name))
}
