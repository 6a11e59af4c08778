import { randomUUID } from 'node:crypto'
import type { Config } from '@stevedore/config'
import { findRunningPostgres } from '@stevedore/embedded-postgres'
import { type Backup, type Manifest, openCheckpointKey, openLedger, recordBackup, writeBackup } from '@stevedore/ledger'
import { version } from '@stevedore/telemetry'
import type { BackupPlace } from './backup-place.ts'
import { CommandError, exitStatus } from './command-error.ts'
import { ensureKey } from './data-dir.ts'
import { explainBackup } from './explain-backup.ts'
import { openBackupPlace } from './open-backup-place.ts'
import { repeatBackups } from './repeat-backups.ts'

export interface BackupCommand {
  /** What holds all backups: a folder, or `s3://BUCKET/FOLDER`. */
  to: string
  /** So many of them stay; undefined: all. */
  keep?: number
  /** One whenever the newest is so old, until a signal; undefined: one, now. */
  everyMs?: number
}

/** `stevedore backup` */
export async function runBackup(config: Config, { to, keep, everyMs }: BackupCommand): Promise<void> {
  const place = await openBackupPlace(to, config)
  const make = () => makeBackup(config, place, keep)
  if (everyMs === undefined) return make()
  await repeatBackups({ list: place.list, everyMs, make })
}

async function makeBackup(config: Config, place: BackupPlace, keep: number | undefined): Promise<void> {
  const url = await findDatabase(config)
  const { path, manifest } = await place.add((folder) => copyLedger(config, url, folder))
  // It is there, whatever becomes of the note of it.
  await note(url, manifest).catch((error: Error) => console.error(`The trail has no note of it: ${error.message}`))
  console.log(describeBackup({ path, manifest }))
  if (keep === undefined) return
  for (const dropped of await place.dropOld(keep)) console.log(`Dropped ${dropped}`)
}

async function copyLedger(config: Config, url: string, into: string): Promise<Backup> {
  const seed = config.auditKey ?? (await ensureKey(config.dataDir, 'audit-key').catch(() => undefined))
  const key = seed && openCheckpointKey(seed)
  const masterKey = config.masterKey ?? (await readOwnMasterKey(config))
  return writeBackup(url, { into, version, key, masterKey }).catch(explainBackup)
}

/** The key that `up` made for itself, where it did. */
export async function readOwnMasterKey({ databaseUrl, dataDir }: Config): Promise<Buffer | undefined> {
  return databaseUrl === undefined ? ensureKey(dataDir, 'master-key') : undefined
}

async function findDatabase({ databaseUrl, dataDir }: Config): Promise<string> {
  const url = databaseUrl ?? (await findRunningPostgres(dataDir))
  if (url !== undefined) return url
  throw new CommandError(
    exitStatus.usage,
    `DATABASE_URL is not set, and no \`stevedore up\` runs on ${dataDir}, or not for this account to see`,
    'Set DATABASE_URL, or run this as the account that `stevedore up` runs under, with its STEVEDORE_DATA_DIR.',
  )
}

async function note(url: string, manifest: Manifest): Promise<void> {
  const ledger = openLedger({ url, maxConnections: 1 })
  try {
    await recordBackup(ledger, manifest, { actor: 'system', correlationId: randomUUID() })
  } finally {
    await ledger.close()
  }
}

function describeBackup({ path, manifest: { tables, head } }: Backup): string {
  const sum = (of: 'rows' | 'bytes') => tables.reduce((total, table) => total + table[of], 0)
  const trail = head ? `The audit trail ends at ${head.seq}:${head.hash}.` : 'The audit trail is empty.'
  return `Backup: ${path}\n${sum('rows')} rows in ${sum('bytes')} bytes. ${trail}`
}
