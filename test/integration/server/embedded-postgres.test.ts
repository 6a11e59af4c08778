import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedPostgresError, startEmbeddedPostgres, type UnexpectedEnd } from '@stevedore/embedded-postgres'
import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'

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

test('data outlives a restart, and the password is neither guessable nor anyone else’s to read', async () => {
  const first = await startEmbeddedPostgres({ dataDir: dir })
  await query(first.url, 'create table kept as select 42 as value')
  await first.stop()
  const second = await startEmbeddedPostgres({ dataDir: dir })
  try {
    expect(await query(second.url, 'select value from kept')).toEqual([{ value: 42 }])
    const wrong = second.url.replace(/:[^:@]+@/, ':password@')
    await expect(query(wrong, 'select 1')).rejects.toThrow('password authentication failed')
    expect((await readFile(join(dir, 'postgres', 'password'), 'utf8')).trim().length).toBeGreaterThan(30)
  } finally {
    await second.stop()
  }
})

/** Signals of the supervision, to wait on. */
function watch() {
  const ends: UnexpectedEnd[] = []
  const waiting: (() => void)[] = []
  return {
    ends,
    /** The next time that the server takes connections again. */
    restarted: () => new Promise<void>((resolve) => waiting.push(resolve)),
    onEnd: (end: UnexpectedEnd) => void ends.push(end),
    onRestart() {
      for (const resolve of waiting.splice(0)) resolve()
    },
  }
}

const files = () => join(dir, 'postgres', 'data')

async function killDatabase(): Promise<void> {
  const [pid] = (await readFile(join(files(), 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
}

test('a database that is killed is told of and comes back on its port', async () => {
  const { ends, restarted, ...supervision } = watch()
  const database = await startEmbeddedPostgres({ dataDir: dir, ...supervision })
  try {
    await query(database.url, 'create table kept as select 42 as value')
    const back = restarted()
    await killDatabase()
    await back
    expect(await query(database.url, 'select value from kept')).toEqual([{ value: 42 }])
    expect(ends[0]).toMatchObject({ how: 'it was killed by SIGKILL', restartInMs: 250 })
    expect(ends[0]?.upMs).toBeGreaterThan(0)
  } finally {
    await database.stop()
  }
})

test('a database that ran well in between may be killed more often than it is started in a row', async () => {
  const { restarted, ...supervision } = watch()
  const restarts = { pausesMs: [50], steadyAfterMs: 0 }
  const database = await startEmbeddedPostgres({ dataDir: dir, restarts, ...supervision })
  try {
    for (let kills = 0; kills < 3; kills++) {
      const back = restarted()
      await killDatabase()
      expect(await Promise.race([back, database.lost])).toBeUndefined()
    }
    expect(await query(database.url, 'select 42 as value')).toEqual([{ value: 42 }])
  } finally {
    await database.stop()
  }
})

test('a database that cannot be started any more is given up, with what it said and what to do', async () => {
  const { ends, ...supervision } = watch()
  const restarts = { pausesMs: [0, 1, 2], steadyAfterMs: 60_000 }
  const database = await startEmbeddedPostgres({ dataDir: dir, restarts, ...supervision })
  try {
    await rename(files(), join(dir, 'elsewhere'))
    const [pid] = (await readFile(join(dir, 'elsewhere', 'postmaster.pid'), 'utf8')).split('\n')
    process.kill(Number(pid), 'SIGKILL')
    const error = await database.lost
    expect(error).toBeInstanceOf(EmbeddedPostgresError)
    expect(error.code).toBe('given-up')
    expect(error.message).toMatch(
      /^The embedded PostgreSQL .* not started any more: it ended with status \d+\.\n.*could not access directory/,
    )
    expect(error.remedy).toContain(files())
    expect(ends.map(({ restartInMs }) => restartInMs)).toEqual([0, 1, 2])
    expect(ends[2]?.lines.join()).toContain('could not access directory')
  } finally {
    await database.stop()
  }
})

test('a database whose first start fails says why', async () => {
  await (await startEmbeddedPostgres({ dataDir: dir })).stop()
  await rm(join(files(), 'PG_VERSION'))
  await expect(startEmbeddedPostgres({ dataDir: dir })).rejects.toThrow(
    /did not start: it ended with status 1\.\n[\s\S]*PG_VERSION/,
  )
})

test('the owner killed with kill -9 leaves nothing that keeps the next start from its data', async () => {
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', ownerProgram, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(owner.stdout, 'data')) as [Buffer]
  await query(String(url).trim(), 'create table kept as select 42 as value')
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  const database = await startEmbeddedPostgres({ dataDir: dir })
  try {
    expect(await query(database.url, 'select value from kept')).toEqual([{ value: 42 }])
  } finally {
    await database.stop()
  }
})

const ownerProgram = `
  const { startEmbeddedPostgres } = await import(${JSON.stringify(import.meta.resolve('@stevedore/embedded-postgres'))})
  console.log((await startEmbeddedPostgres({ dataDir: process.argv[1] })).url)
`
