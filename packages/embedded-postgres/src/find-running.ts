import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { user } from './start-embedded-postgres.ts'

const portLine = 3

/**
 * The address of the PostgreSQL that a `stevedore up` runs on the data directory, as the owner; undefined while none takes connections, or
 * where this account may not read its files.
 */
export async function findRunningPostgres(dataDir: string): Promise<string | undefined> {
  const folder = resolve(dataDir, 'postgres')
  const pidFile = await readIfThere(join(folder, 'data', 'postmaster.pid'))
  const password = (await readIfThere(join(folder, 'password'))).trim()
  const port = pidFile.split('\n')[portLine]
  if (!pidFile.includes('ready') || !port || !/^\d{1,5}$/.test(port) || !password) return undefined
  return `postgres://${user}:${password}@127.0.0.1:${port}/postgres`
}

function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
