import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { type Account, chooseAccount } from './account.ts'
import { EmbeddedPostgresError } from './error.ts'
import { initializeDatabase } from './initialize-database.ts'
import { keepRunning, type Supervision } from './keep-running.ts'
import { launch, type ProcessEnd } from './launch.ts'
import { endLeftover } from './leftover.ts'
import { findPostgresPrograms } from './programs.ts'

export interface EmbeddedPostgres {
  /** Of the database `postgres`, with the password. */
  url: string
  /** Resolves once the server is given up, since it ended by itself too often in a row. Never otherwise. */
  lost: Promise<EmbeddedPostgresError>
  stop(): Promise<void>
}

export const user = 'stevedore'

/**
 * A PostgreSQL of this process alone, with its files under the data directory, on a free port of the loopback address. One that ends by
 * itself is started again on the same port, so that whoever used it finds it again.
 * @param options.dataDir only one process at a time may start a PostgreSQL there
 */
export async function startEmbeddedPostgres({
  dataDir,
  ...supervision
}: Supervision & { dataDir: string }): Promise<EmbeddedPostgres> {
  const { files, password, command } = await prepareServer(resolve(dataDir, 'postgres'))
  const port = await findFreePort()
  const launchServer = () => launch({ command, files, port })
  const first = launchServer()
  const failed = await Promise.race([first.ready, first.ended])
  if (failed) throw describeEnd('not-started', failed, files)
  const { over, stop } = keepRunning(launchServer, { ...supervision, first })
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${port}/postgres`,
    lost: new Promise((resolve) => void over.then((end) => end && resolve(describeEnd('given-up', end, files)))),
    stop,
  }
}

/** What a start needs: files that nobody holds, and how the program is called. */
async function prepareServer(folder: string): Promise<{ files: string; password: string; command: string[] }> {
  const { initdb, postgres } = await findPostgresPrograms()
  const files = join(folder, 'data')
  const account = await chooseAccount([postgres, files])
  const passwordFile = join(folder, 'password')
  if (!existsSync(files)) {
    await makePassword(passwordFile, account)
    await initializeDatabase(initdb, account, { files, user, passwordFile })
  }
  await endLeftover(files)
  return { files, password: (await readFile(passwordFile, 'utf8')).trim(), command: [...account.prefix, postgres] }
}

/** Made anew for each new database: an interrupted start may have left one that nothing knows. */
async function makePassword(path: string, { owner }: Account): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(path, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (owner) for (const own of [dirname(path), path]) await chown(own, owner.uid, owner.gid)
}

/** PostgreSQL takes no port 0. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const said = { 'not-started': 'did not start', 'given-up': 'ended again and again, and is not started any more' }

function describeEnd(code: keyof typeof said, { how, lines }: ProcessEnd, files: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(code, {
    message: [`The embedded PostgreSQL ${said[code]}: ${how}.`, ...lines].join('\n'),
    remedy: `See that ${files} is there and belongs to the account that PostgreSQL runs as, and that its disk has room; or set DATABASE_URL to a PostgreSQL of yours.`,
  })
}
