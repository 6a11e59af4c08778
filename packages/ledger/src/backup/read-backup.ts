import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from './backup-error.ts'
import { isWhole } from './copy-table.ts'
import { type Manifest, manifestLimitBytes, manifestName, parseManifest } from './manifest.ts'

/** The manifest of a backup of which every file is as it was written. Throws a BackupError otherwise. */
export async function readBackup(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder)
  for (const copy of manifest.tables) {
    const whole = await isWhole(copy, folder).catch((error: Error) => refuse(folder, error.message))
    if (!whole) refuse(folder, `the file of ${copy.table} is not as it was written`)
  }
  return manifest
}

async function readManifest(folder: string): Promise<Manifest> {
  const text = await readBounded(join(folder, manifestName)).catch((error: Error) => refuse(folder, error.message))
  return parseManifest(text) ?? refuse(folder, `its ${manifestName} is none that this version of Stevedore knows`)
}

async function readBounded(path: string): Promise<string> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  if (size > manifestLimitBytes) throw new Error(`${manifestName} is too large`)
  return file.readFile('utf8')
}

function refuse(folder: string, fault: string): never {
  throw new BackupError(
    `${folder} is no backup that can be taken back: ${fault}`,
    'Name the folder of one backup as `stevedore backup` wrote it, or take an older one.',
  )
}
