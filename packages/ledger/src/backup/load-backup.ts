import type { Client } from 'pg'
import { escapeIdentifier, escapeLiteral } from 'pg'
import { listMigrations, migrateLedger, withMigrationLock } from '../foundation/migrate.ts'
import { BackupError } from './backup-error.ts'
import { copyIn } from './copy-table.ts'
import { listSequences } from './list-sequences.ts'
import { listTables } from './list-tables.ts'
import type { Manifest, TableCopy } from './manifest.ts'

/**
 * Brings an empty database to where a backup's was: its tables as they were then, with every row, whole or not at all. Who migrates
 * afterwards brings them up to date. Throws a BackupError where the database is not empty, the backup is of a newer version, or what came
 * in is not what went out.
 * @param url of the owner
 * @param onTable hears of each table that is filled
 */
export async function loadBackup(
  url: string,
  { folder, manifest, onTable }: { folder: string; manifest: Manifest; onTable?(copy: TableCopy): void },
): Promise<void> {
  await requireKnownVersion(manifest)
  await withMigrationLock(url, (client) => requireEmpty(client, manifest))
  await migrateLedger(url, { upTo: manifest.migration })
  await withMigrationLock(url, async (client) => {
    await client.query('SET statement_timeout = 0')
    await client.query('BEGIN')
    const triggers = await listTriggers(client)
    await client.query(triggers.map((trigger) => turn(trigger, 'DISABLE')).join('; '))
    for (const copy of manifest.tables) {
      await fill(client, copy, folder)
      onTable?.(copy)
    }
    await setSequences(client, manifest)
    await requireHead(client, manifest)
    await client.query(triggers.map((trigger) => turn(trigger, 'ENABLE')).join('; '))
    await client.query('COMMIT')
  })
}

async function requireKnownVersion({ migration, version }: Manifest): Promise<void> {
  if ((await listMigrations()).includes(migration)) return
  throw new BackupError(
    `The backup was made by Stevedore ${version}, whose tables this version does not know`,
    'Restore it with that version or a newer one.',
  )
}

/** Nothing is ever written over: one that was migrated, and never used, will do where its tables are those of the backup. */
async function requireEmpty(client: Client, { migration }: Manifest): Promise<void> {
  const tables = await listTables(client)
  if (tables.length === 0) return
  for (const { name } of tables)
    if ((await client.query(`SELECT FROM public.${escapeIdentifier(name)} LIMIT 1`)).rowCount)
      refuse(`The database holds a ledger already: there are rows in ${name}`)
  const { rows } = await client.query<{ newest: string }>(
    'SELECT max(created_at) AS newest FROM drizzle.__drizzle_migrations',
  )
  if (Number(rows[0]?.newest) !== migration) refuse('The database has the tables of another version than the backup')
}

function refuse(message: string): never {
  throw new BackupError(
    message,
    'Name an empty database in DATABASE_URL; without one, give the server a STEVEDORE_DATA_DIR that is empty but for its keys.',
  )
}

interface Trigger {
  table: string
  name: string
}

/** Those that would do again what was done when the rows came the first time; what guards the trail stays as it is. */
async function listTriggers(client: Client): Promise<Trigger[]> {
  const { rows } = await client.query<Trigger>(
    `SELECT c.relname AS table, t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY($1) AND NOT t.tgisinternal AND t.tgenabled = 'O'`,
    [(await listTables(client)).map(({ name }) => name)],
  )
  return rows
}

function turn({ table, name }: Trigger, verb: 'DISABLE' | 'ENABLE'): string {
  return `ALTER TABLE public.${escapeIdentifier(table)} ${verb} TRIGGER ${escapeIdentifier(name)}`
}

async function fill(client: Client, copy: TableCopy, folder: string): Promise<void> {
  const rows = await copyIn(client, copy, folder)
  if (rows === copy.rows) return
  throw new BackupError(
    `${copy.rows} rows went out of ${copy.table}, and ${rows} came in`,
    'Take another backup: the manifest of this one was changed.',
  )
}

/** Behind what they gave, and behind what the rows hold: the first backups left one of them out. */
async function setSequences(client: Client, { sequences, tables }: Manifest): Promise<void> {
  const own = await listSequences(
    client,
    tables.map(({ table }) => table),
  )
  for (const { name, table, column } of own)
    await client.query(
      `SELECT setval(${escapeLiteral(`public.${escapeIdentifier(name)}`)}, greatest($1::bigint, max(${escapeIdentifier(column)})))
       FROM public.${escapeIdentifier(table)}`,
      [sequences[name] ?? null],
    )
}

async function requireHead(client: Client, { head }: Manifest): Promise<void> {
  const { rows } = await client.query<{ seq: string; hash: string }>(
    'SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1',
  )
  const [last] = rows
  if (Number(last?.seq ?? 0) === (head?.seq ?? 0) && last?.hash === head?.hash) return
  throw new BackupError(
    'The audit trail of the backup does not end where its manifest says',
    'Take another backup: this one was changed.',
  )
}
