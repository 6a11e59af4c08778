import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { Client } from 'pg'
import { z } from 'zod'
import type { Ledger } from './ledger.ts'
import { grantServiceRole } from './service-role.ts'

const migrationsFolder = fileURLToPath(new URL('../../../../drizzle', import.meta.url))
/** Any fixed number: whoever migrates this database takes it first. */
const migrationLock = 7_070_000

/** Brings the database up to date; several at once take turns. Prepares the role `stevedore_service` where the rights allow it. */
export async function migrateLedger(url: string): Promise<void> {
  const client = openClient(url)
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    await migrate(drizzle({ client }), { migrationsFolder })
    await grantServiceRole(client)
  } finally {
    // What was done is committed; a connection that broke meanwhile has said so to its last query.
    await client.end().catch(() => {})
  }
}

function openClient(url: string): Client {
  const client = new Client({
    connectionString: url,
    application_name: 'stevedore-migrate',
    connectionTimeoutMillis: 3_000,
  })
  // Without a listener an error between two queries would end the process; the next query reports it anyway.
  return client.on('error', () => {})
}

/** Whether Postgres answers, and whether it has every migration that this version brings. Never throws. */
export async function checkLedger(ledger: Ledger): Promise<{ reachable: boolean; migrated: boolean }> {
  const reachable = await ledger.db.execute(sql`select 1`).then(
    () => true,
    () => false,
  )
  return { reachable, migrated: reachable && (await isMigrated(ledger)) }
}

const journal = z.object({ entries: z.array(z.object({ when: z.number() })) })

async function isMigrated(ledger: Ledger): Promise<boolean> {
  const { entries } = journal.parse(JSON.parse(await readFile(`${migrationsFolder}/meta/_journal.json`, 'utf8')))
  const newest = Math.max(...entries.map(({ when }) => when))
  const found = ledger.db.execute(sql`select 1 from drizzle.__drizzle_migrations where created_at >= ${newest} limit 1`)
  return found.then(
    ({ rowCount }) => rowCount === 1,
    () => false,
  )
}
