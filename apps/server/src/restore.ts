import { randomUUID } from 'node:crypto'
import type { Config } from '@stevedore/config'
import {
  loadBackup,
  type Manifest,
  markMasterKey,
  openCheckpointKey,
  openLedger,
  readBackup,
  recordRestore,
  verifyAudit,
} from '@stevedore/ledger'
import { createLogger } from '@stevedore/telemetry'
import { readOwnMasterKey } from './backup.ts'
import { claimDataDir } from './claim-data-dir.ts'
import { CommandError, exitStatus } from './command-error.ts'
import { ensureKey, prepareDataDir } from './data-dir.ts'
import { type Database, openDatabase } from './database.ts'
import { explainBackup } from './explain-backup.ts'
import { migrateRoles } from './migrate.ts'
import { isBucket } from './open-backup-place.ts'

/** `stevedore restore`: an empty database gets what a backup holds, or nothing. Nothing is deployed by it: workers look first. */
export async function runRestore(config: Config, from: string): Promise<void> {
  if (!isBucket(from)) return restoreFolder(config, from)
  const { fetchBackup } = await import('./bucket-backups.ts')
  await using copy = await fetchBackup(from, config.backupBucket)
  await restoreFolder(config, copy.path)
}

async function restoreFolder(config: Config, folder: string): Promise<void> {
  const manifest = await readBackup(folder).catch(explainBackup)
  await requireMasterKey(config, manifest)
  await using database = await openEmpty(config)
  await loadBackup(database.ownerUrl, { folder, manifest, onTable: tellTable }).catch(explainBackup)
  await migrateRoles(database, config.redisUrl)
  await finish(config, database.ownerUrl, manifest)
}

/** Whatever was sealed with another key could never be opened again, and deploys would fail one by one. */
async function requireMasterKey(config: Config, { masterKey }: Manifest): Promise<void> {
  const own = config.masterKey ?? (await readOwnMasterKey(config))
  if (masterKey === null || (own && markMasterKey(own) === masterKey)) return
  throw new CommandError(
    exitStatus.failed,
    'The secrets of the backup are sealed with another master key than this installation has',
    'Set STEVEDORE_MASTER_KEY to the key of the installation that made the backup, or put its file `master-key` into STEVEDORE_DATA_DIR.',
  )
}

/** The database that DATABASE_URL names, or one of `up`, which must not run meanwhile. */
async function openEmpty(config: Config): Promise<Database & AsyncDisposable> {
  if (config.databaseUrl === undefined) {
    await prepareDataDir(config.dataDir)
    await claimDataDir(config.dataDir)
  }
  const database = await openDatabase(config, createLogger({ name: 'restore', level: config.logLevel }))
  return { ...database, [Symbol.asyncDispose]: database.close }
}

function tellTable({ table, rows }: { table: string; rows: number }): void {
  if (rows > 0) console.log(`${table}: ${rows} rows`)
}

async function finish(config: Config, url: string, manifest: Manifest): Promise<void> {
  const ledger = openLedger({ url, maxConnections: 2, statementTimeoutMs: 60_000 })
  try {
    const { ok } = await verifyAudit(ledger)
    await recordRestore(ledger, manifest, { actor: 'system', correlationId: randomUUID() })
    console.log(`Restored as of ${manifest.takenAt}: ${await describeTrail(config, manifest, ok)}`)
    console.log(
      'What was deployed later still runs: workers compare before they touch anything, and `stevedore status --unknown` lists what this ledger does not know.',
    )
  } finally {
    await ledger.close()
  }
}

async function describeTrail(config: Config, { head }: Manifest, isWhole: boolean): Promise<string> {
  if (!head) return 'its audit trail is empty.'
  if (!isWhole) return `its audit trail, up to ${head.seq}, does not verify: run \`stevedore audit verify\`.`
  const whole = `its audit trail is whole up to ${head.seq}`
  const { signature } = head
  if (signature === undefined) return `${whole}; nobody signed where it ends.`
  const seed = config.auditKey ?? (await ensureKey(config.dataDir, 'audit-key'))
  const known = openCheckpointKey(seed).recognizes({ ...head, signature })
  return `${whole}, ${known ? 'as this installation signed it' : 'signed with another audit key than this one'}.`
}
