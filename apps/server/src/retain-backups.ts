import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { manifestName } from '@stevedore/ledger'

export const backupName = /^stevedore-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z$/
const draftName = /^\.draft-\d+-\d+$/
/** No copy takes so long: whoever wrote it was killed. */
export const abandonedMs = 24 * 60 * 60_000

export interface KeptBackup {
  name: string
  takenAt: Date
}

/** The backups of a folder, oldest first; what else is in it is not ours. */
export async function listBackups(folder: string): Promise<KeptBackup[]> {
  const names = (await readNames(folder)).filter((name) => backupName.test(name)).sort()
  const whole = await Promise.all(names.map(async (name) => (await isThere(join(folder, name, manifestName))) && name))
  return whole.flatMap((name) => (name ? [{ name, takenAt: readTime(name) }] : []))
}

/** Takes away all but the newest, and what somebody who was killed has left half written. @returns what was taken away */
export async function dropOldBackups(folder: string, keep: number): Promise<string[]> {
  const backups = await listBackups(folder)
  const old = backups.slice(0, Math.max(0, backups.length - keep)).map(({ name }) => name)
  const dropped = [...old, ...(await listAbandoned(folder))].map((name) => join(folder, name))
  for (const path of dropped) await rm(path, { recursive: true, force: true })
  return dropped
}

async function listAbandoned(folder: string): Promise<string[]> {
  const drafts = (await readNames(folder)).filter((name) => draftName.test(name))
  const ages = await Promise.all(drafts.map(async (name) => Date.now() - (await stat(join(folder, name))).mtimeMs))
  return drafts.filter((_, index) => (ages[index] ?? 0) > abandonedMs)
}

export function readTime(name: string): Date {
  return new Date(name.replace(backupName, '$1T$2:$3:$4.$5Z'))
}

/** None where the folder is not there yet. */
async function readNames(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
