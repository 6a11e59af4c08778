import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEmbeddedPostgres } from '../../../apps/cli/src/server/postgres/embedded-postgres.ts'

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stevedore-pg-'))
  // As strict as a home: the account that PostgreSQL runs as may not look into it.
  await chmod(dir, 0o700)
})
afterEach(() => rm(dir, { recursive: true, force: true }))

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function until<T>(work: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + 30_000
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > giveUpAt) throw error
      await delay(50)
    }
  }
}

test('data outlives a restart, and the password is neither guessable nor anyone else’s to read', async () => {
  const first = await startEmbeddedPostgres(dir)
  await query(first.url, 'create table kept as select 42 as value')
  await first.stop()
  const second = await startEmbeddedPostgres(dir)
  try {
    expect(await query(second.url, 'select value from kept')).toEqual([{ value: 42 }])
    const wrong = second.url.replace(/:[^:@]+@/, ':password@')
    await expect(query(wrong, 'select 1')).rejects.toThrow('password authentication failed')
    expect((await readFile(join(dir, 'postgres', 'password'), 'utf8')).trim().length).toBeGreaterThan(30)
  } finally {
    await second.stop()
  }
})

test('a database that is killed comes back on its port', async () => {
  const database = await startEmbeddedPostgres(dir)
  try {
    await query(database.url, 'create table kept as select 42 as value')
    const [pid] = (await readFile(join(dir, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(pid), 'SIGKILL')
    expect(await until(() => query(database.url, 'select value from kept'))).toEqual([{ value: 42 }])
  } finally {
    await database.stop()
  }
})

test('the owner killed with kill -9 leaves nothing that keeps the next start from its data', async () => {
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', ownerProgram, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(owner.stdout, 'data')) as [Buffer]
  await query(String(url).trim(), 'create table kept as select 42 as value')
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  const database = await startEmbeddedPostgres(dir)
  try {
    expect(await query(database.url, 'select value from kept')).toEqual([{ value: 42 }])
  } finally {
    await database.stop()
  }
})

const ownerProgram = `
  const { startEmbeddedPostgres } = await import(${JSON.stringify(
    new URL('../../../apps/cli/src/server/postgres/embedded-postgres.ts', import.meta.url).href,
  )})
  console.log((await startEmbeddedPostgres(process.argv[1])).url)
`
