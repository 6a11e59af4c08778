import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import type { CheckpointKey } from '../audit/checkpoint.ts'
import { withClient } from '../foundation/migrate.ts'
import { BackupError } from './backup-error.ts'
import { copyOut } from './copy-table.ts'
import { listSequences } from './list-sequences.ts'
import { type LedgerTable, listTables } from './list-tables.ts'
import { type Manifest, manifestName, type TableCopy } from './manifest.ts'
import { markMasterKey } from './mark-master-key.ts'

export interface BackupOptions {
  /** Where the folder of this backup goes; made where it is not there. */
  into: string
  /** Of Stevedore. */
  version: string
  key: CheckpointKey | undefined
  masterKey: Buffer | undefined
  /** Hears of each table that is written. */
  onTable?(copy: TableCopy): void
}

export interface Backup {
  /** Its folder. */
  path: string
  manifest: Manifest
}

/**
 * Copies what the ledger holds at one moment into a folder of its own, while all others go on. It has that name once it is whole and on the
 * disk. Secrets stay sealed. Rejects with a BackupError, with what the disk or the database said, and leaves nothing then.
 */
export async function writeBackup(url: string, options: BackupOptions): Promise<Backup> {
  await mkdir(options.into, { recursive: true, mode: 0o700 })
  const draft = join(options.into, `.draft-${process.pid}-${Date.now()}`)
  await mkdir(draft, { mode: 0o700 })
  try {
    const manifest = await withClient(url, (client) => inSnapshot(client, () => copyAll(client, draft, options)))
    await writeSynced(join(draft, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
    await syncFolder(draft)
    const path = join(options.into, nameBackup(manifest.takenAt))
    await rename(draft, path)
    await syncFolder(options.into)
    return { path, manifest }
  } finally {
    // Gone already where it has become the backup.
    await rm(draft, { recursive: true, force: true })
  }
}

/** `stevedore-2026-01-31T04-05-06-789Z`: in the order of time, and a name on every file system. */
function nameBackup(takenAt: string): string {
  return `stevedore-${takenAt.replaceAll(/[:.]/g, '-')}`
}

/** One snapshot for all tables; it waits for nobody, and holds up nothing but a change of the tables themselves. */
async function inSnapshot<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('SET statement_timeout = 0')
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const result = await work()
  await client.query('COMMIT')
  return result
}

async function copyAll(client: Client, folder: string, options: BackupOptions): Promise<Manifest> {
  const { migration, takenAt } = await readState(client)
  const tables: TableCopy[] = []
  const known = await listTables(client)
  for (const table of known) {
    const copy = await copyOut(client, table, folder)
    tables.push(copy)
    options.onTable?.(copy)
  }
  return {
    ...{ format: 1, takenAt: takenAt.toISOString(), version: options.version, migration, tables },
    sequences: await readSequences(client, known),
    head: await readHead(client, takenAt, options.key),
    masterKey: options.masterKey ? markMasterKey(options.masterKey) : null,
  }
}

async function readState(client: Client): Promise<{ migration: number; takenAt: Date }> {
  const there = await client.query<{ there: boolean }>(
    `SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AND to_regclass('public.audit') IS NOT NULL AS there`,
  )
  if (!there.rows[0]?.there)
    throw new BackupError('The database holds no ledger', 'Name the database of the service in DATABASE_URL.')
  const { rows } = await client.query<{ migration: string; taken_at: Date }>(
    'SELECT max(created_at) AS migration, clock_timestamp() AS taken_at FROM drizzle.__drizzle_migrations',
  )
  return { migration: Number(rows[0]?.migration), takenAt: rows[0]?.taken_at ?? new Date() }
}

/** Read after the rows, since a sequence goes on outside of every snapshot: what it gave is never less than what they hold. */
async function readSequences(client: Client, tables: readonly LedgerTable[]): Promise<Record<string, number>> {
  const own = await listSequences(
    client,
    tables.map(({ name }) => name),
  )
  const { rows } = await client.query<{ name: string; last: string }>(
    `SELECT sequencename AS name, last_value AS last FROM pg_sequences
     WHERE schemaname = 'public' AND sequencename = ANY($1) AND last_value IS NOT NULL`,
    [own.map(({ name }) => name)],
  )
  return Object.fromEntries(rows.map(({ name, last }) => [name, Number(last)]))
}

async function readHead(client: Client, takenAt: Date, key: CheckpointKey | undefined): Promise<Manifest['head']> {
  const { rows } = await client.query<{ seq: string; hash: string }>(
    'SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1',
  )
  const [last] = rows
  if (!last) return null
  const head = { seq: Number(last.seq), hash: last.hash }
  return key ? key.sign(head, takenAt) : { ...head, at: takenAt.toISOString() }
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
