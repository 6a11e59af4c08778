import { randomBytes } from 'node:crypto'
import { chown, mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ensureSecretFile } from '../data-dir.ts'
import { type Account, chooseAccount } from './account.ts'
import { initializeDatabase } from './initialize-database.ts'
import { keepRunning } from './keep-running.ts'
import { endLeftover } from './leftover.ts'
import { findPostgresPrograms } from './programs.ts'

export interface EmbeddedPostgres {
  url: string
  stop(): Promise<void>
}

const user = 'stevedore'

/** A PostgreSQL of this process alone, with its files under the data directory, on a free port of the loopback address. */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const programs = await findPostgresPrograms()
  const folder = resolve(dataDir, 'postgres')
  const files = join(folder, 'data')
  const account = await chooseAccount([programs.postgres, files])
  const password = await preparePassword(folder, account)
  if (!(await isThere(files)))
    await initializeDatabase(programs.initdb, account, { files, user, passwordFile: join(folder, 'password') })
  await endLeftover(files)
  const { port, stop } = await keepRunning([...account.prefix, programs.postgres], files)
  return { url: `postgres://${user}:${password}@127.0.0.1:${port}/postgres`, stop }
}

async function preparePassword(folder: string, { owner }: Account): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'password')
  const password = await ensureSecretFile(path, () => randomBytes(24).toString('base64url'))
  if (owner) await Promise.all([folder, path].map((file) => chown(file, owner.uid, owner.gid)))
  return password
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
