import { Client } from 'pg'
import { prepareClockedDatabase } from './clocked-database.ts'

/** Makes databases for so many lanes, each a copy of one that is prepared. @returns their addresses */
export async function createDatabases(url: string, count: number): Promise<string[]> {
  const template = `simulation_${crypto.randomUUID().slice(0, 8)}`
  await execute(url, `CREATE DATABASE ${template}`)
  await prepareClockedDatabase(withDatabase(url, template))
  const names = Array.from({ length: count }, (_, index) => `${template}_${index + 1}`)
  for (const name of names) {
    await execute(url, `CREATE DATABASE ${name} TEMPLATE ${template}`)
    // What a database is set to do is not copied with it.
    await execute(url, `ALTER DATABASE ${name} SET search_path = public, pg_catalog`)
  }
  await execute(url, `DROP DATABASE ${template}`)
  return names.map((name) => withDatabase(url, name))
}

/** @param url of another database of the server; @param made one of those that were made */
export function dropDatabase(url: string, made: string): Promise<void> {
  return execute(url, `DROP DATABASE IF EXISTS ${new URL(made).pathname.slice(1)} WITH (FORCE)`)
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url }).on('error', () => {})
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}
