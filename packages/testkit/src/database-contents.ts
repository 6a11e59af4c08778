import { Client } from 'pg'

/** Reads happen all the time; that a token was used is no change. */
const ignored: Record<string, string> = { tokens: 'last_used_at' }
/** Of readers who look on; they go a moment after them. */
const passing = ['log_watches', 'watched_lines', 'terminals', 'terminal_pieces']

/** What a ledger's tables hold, as one text per table, to show that nothing changed between two looks. */
export async function readContents(databaseUrl: string): Promise<Record<string, string>> {
  // A server that is lost while nothing is asked says so to the next query.
  const client = new Client({ connectionString: databaseUrl }).on('error', () => {})
  await client.connect()
  try {
    const looks = (await listTables(client)).map(summarize)
    const { rows } = await client.query<{ name: string; sum: string }>(looks.join(' UNION ALL '))
    return Object.fromEntries(rows.map(({ name, sum }) => [name, sum]))
  } finally {
    await client.end()
  }
}

interface Table {
  schema: string
  name: string
}

/** How many rows, and what they hold, whatever their order. */
function summarize({ schema, name }: Table): string {
  const row = ignored[name] ? `(to_jsonb(t) - '${ignored[name]}')::text` : 't::text'
  return `SELECT '${name}' AS name, count(*) || ':' || coalesce(md5(string_agg(${row}, ',' ORDER BY ${row})), '') AS sum
          FROM "${schema}"."${name}" t`
}

async function listTables(client: Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `SELECT schemaname AS schema, tablename AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`,
  )
  return rows.filter(({ name }) => !passing.includes(name))
}
