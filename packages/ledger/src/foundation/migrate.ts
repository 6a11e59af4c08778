import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { z } from 'zod'
import { drizzle, migrate, sql } from './drizzle.ts'
import type { Ledger } from './ledger.ts'

const migrationsFolder = fileURLToPath(new URL('../../../../drizzle', import.meta.url))
/** Any fixed number: whoever migrates this database takes it first. */
const migrationLock = 7_070_000

/**
 * Brings the database up to date, as the owner of its tables; several at once take turns.
 * @param options.upTo `when` of the last migration that it gets: to have the tables of an older version
 */
export async function migrateLedger(url: string, { upTo }: { upTo?: number } = {}): Promise<void> {
  if (upTo === undefined) return bringUp(url, migrationsFolder)
  const folder = await mkdtemp(join(tmpdir(), 'stevedore-migrations-'))
  try {
    await cp(migrationsFolder, folder, { recursive: true })
    const { entries, ...rest } = await readJournal()
    const older = { ...rest, entries: entries.filter(({ when }) => when <= upTo) }
    await writeFile(join(folder, journalPath), JSON.stringify(older))
    await bringUp(url, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function bringUp(url: string, folder: string): Promise<void> {
  return withMigrationLock(url, (client) => migrate(drizzle({ client }), { migrationsFolder: folder }))
}

/** `when` of each migration that this version brings. */
export async function listMigrations(): Promise<number[]> {
  return (await readJournal()).entries.map(({ when }) => when)
}

/** Work on what the tables are, which one process does at a time. */
export function withMigrationLock<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
    return work(client)
  })
}

/** Whether the role may bring the database up to date: it owns the tables, or there are none yet and it may make them. */
export function mayMigrate(url: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ may: boolean }>(
      `SELECT coalesce(
         (SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass('audit')),
         has_database_privilege(current_database(), 'CREATE') AND has_schema_privilege('public', 'CREATE')) AS may`,
    )
    return rows[0]?.may ?? false
  })
}

/** Rejects, also, where the role cannot sign in. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = openClient(url)
  await client.connect()
  try {
    return await work(client)
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

const journalPath = 'meta/_journal.json'
const journal = z.looseObject({ entries: z.array(z.looseObject({ when: z.number() })) })

async function readJournal(): Promise<z.output<typeof journal>> {
  return journal.parse(JSON.parse(await readFile(join(migrationsFolder, journalPath), 'utf8')))
}

async function isMigrated(ledger: Ledger): Promise<boolean> {
  const newest = Math.max(...(await listMigrations()))
  const found = ledger.db.execute(sql`select 1 from drizzle.__drizzle_migrations where created_at >= ${newest} limit 1`)
  return found.then(
    ({ rowCount }) => rowCount === 1,
    () => false,
  )
}
