import { Client } from 'pg'

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<unknown[]> {
  // A server that is lost while nothing is asked says so to the next query.
  const client = new Client({ connectionString: url }).on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
