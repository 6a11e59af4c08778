import { appendFile, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Account, chooseAccount, findPostgresPrograms, initializeDatabase } from '@stevedore/embedded-postgres'
import { execa } from 'execa'
import { findFreePort } from './free-port.ts'
import { chooseScratchDir } from './scratch-dir.ts'

/** A Postgres of the test's own, which it may stop, kill and start again. */
export interface TestPostgres {
  /** Of the database `postgres`, as superuser. */
  url: string
  /** `pg_ctl -m immediate`: no connection is ended in order. */
  stopImmediately(): Promise<void>
  /** `kill -9` of the postmaster. */
  kill(): Promise<void>
  /** Starts it again on its port, with its data. */
  restart(): Promise<void>
  /** Whether its postmaster runs. */
  isRunning(): Promise<boolean>
  /** Stops it and removes its data. */
  stop(): Promise<void>
}

export interface TestPostgresOptions {
  durable?: boolean
  /** Where its files are to lie, for a disk that is full; it has a folder of its own there. */
  parent?: string
  /** What it is started with, such as a clock that leaps. */
  env?: Record<string, string>
  /** Whether it is reached by a socket of its folder, which takes half the time of a port for a short statement. */
  bySocket?: boolean
}

/**
 * Starts a Postgres on a port and in a folder of its own. Nothing is synced to disk, so that it survives kills and no power cuts, unless it
 * is to be `durable`, as PostgreSQL is by itself.
 */
export async function startPostgres({
  durable = false,
  parent = durable ? tmpdir() : chooseScratchDir(),
  env = {},
  bySocket = false,
}: TestPostgresOptions = {}): Promise<TestPostgres> {
  const dir = await mkdtemp(join(parent, 'stevedore-postgres-'))
  const files = join(dir, 'data')
  const cluster = { files, env, account: await chooseAccount([(await findPostgresPrograms()).postgres, files]) }
  const port = await findFreePort()
  const password = crypto.randomUUID()
  await initialize(dir, cluster, password)
  await appendFile(
    join(cluster.files, 'postgresql.conf'),
    settings(port, bySocket ? cluster.files : '') + (durable ? '' : unsynced),
  )
  const stopImmediately = () => control(cluster, ['stop', '--mode=immediate'])
  await start(cluster)
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres${bySocket ? `?host=${encodeURIComponent(files)}` : ''}`,
    stopImmediately,
    kill: () => kill(cluster.files),
    restart: () => start(cluster),
    isRunning: () =>
      control(cluster, ['status']).then(
        () => true,
        () => false,
      ),
    async stop() {
      await stopImmediately().catch(() => {})
      await rm(dir, { recursive: true, force: true })
    },
  }
}

interface Cluster {
  files: string
  env: Record<string, string>
  account: Account
}

async function initialize(dir: string, { files, account }: Cluster, password: string): Promise<void> {
  const passwordFile = join(dir, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (account.owner) for (const path of [dir, passwordFile]) await chown(path, account.owner.uid, account.owner.gid)
  const { initdb } = await findPostgresPrograms()
  await initializeDatabase(initdb, account, { files, user: 'postgres', passwordFile })
}

const settings = (port: number, sockets: string) => `
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '${sockets}'
max_connections = 400
shared_buffers = 64MB
`
const unsynced = `
fsync = off
full_page_writes = off
`

/** Children of a killed postmaster may still be leaving: until they have, the data folder is refused. */
async function start(cluster: Cluster): Promise<void> {
  const deadline = Date.now() + 15_000
  for (;;) {
    try {
      return await control(cluster, ['start', `--log=${join(cluster.files, 'log')}`])
    } catch (error) {
      if (Date.now() > deadline) throw error
      await pause(100)
    }
  }
}

/** `pg_ctl` as the owner of the data folder: Postgres refuses to run as root. */
async function control({ files, env, account }: Cluster, args: string[]): Promise<void> {
  const { pg_ctl } = await findPostgresPrograms()
  // Set behind the change of account: what a library shares of a clock belongs to who loads it first.
  const own = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const [program, ...rest] = [...account.prefix, 'env', ...own, pg_ctl, ...args, '--wait', `--pgdata=${files}`]
  await execa(program!, rest, { cwd: files, stdio: 'ignore' })
}

async function kill(files: string): Promise<void> {
  const pid = Number.parseInt(await readFile(join(files, 'postmaster.pid'), 'utf8'), 10)
  process.kill(pid, 'SIGKILL')
  while (isAlive(pid)) await pause(20)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
