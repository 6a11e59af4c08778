import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { ensureSecretFile } from '../data-dir.ts'
import { type Account, chooseAccount } from './account.ts'
import { keepRunning } from './keep-running.ts'
import { endLeftover } from './leftover.ts'
import { findPostgresPrograms } from './programs.ts'

export interface EmbeddedPostgres {
  url: string
  stop(): Promise<void>
}

const user = 'stevedore'
const initTimeoutMs = 120_000

/** A PostgreSQL of this process alone, with its files under the data directory, on a free port of the loopback address. */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const programs = await findPostgresPrograms()
  const account = await chooseAccount()
  const folder = join(dataDir, 'postgres')
  const files = join(folder, 'data')
  const password = await preparePassword(folder, account)
  await Promise.all([programs.initdb, programs.postgres].map(makeExecutable))
  if (!(await isThere(files))) await initialize(programs.initdb, account, folder, files)
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

/** Made aside and moved into place, so that an interrupted start leaves nothing half done there. */
async function initialize(initdb: string, { prefix }: Account, folder: string, files: string): Promise<void> {
  const draft = `${files}.new`
  await rm(draft, { recursive: true, force: true })
  const [program = initdb, ...rest] = [...prefix, initdb, ...initialSettings(draft, join(folder, 'password'))]
  await execa(program, rest, { timeout: initTimeoutMs, stdin: 'ignore' })
  await rename(draft, files)
}

function initialSettings(files: string, passwordFile: string): string[] {
  return [
    `--pgdata=${files}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order on every machine, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]
}

/** npm may unpack without the bits when its scripts are switched off. */
async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o111) !== 0o111) await chmod(path, mode | 0o111)
}
