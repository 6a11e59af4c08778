import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BackupError,
  type Ledger,
  loadBackup,
  openLedger,
  putSecret,
  readBackup,
  readSecrets,
  verifyAudit,
} from '@stevedore/ledger'
import { createTestDatabase, readContents, type TestDatabase, waitUntil } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type StevedoreProcess, startStevedoreProcess } from '../../harness/stevedore-process.ts'
import { by, declareApp, enqueue, newBuild } from '../ledger/fixture.ts'
import { insertOldRows, returnToFirstRelease } from '../ledger/older-database.ts'

const masterKey = randomBytes(32)

let app = ''
let dir = ''
let source: TestDatabase
/** A backup of the source, for all that need any. */
let shared = ''
/** None outlives the file. */
const started: StevedoreProcess[] = []
let ledger: Ledger
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stevedore-backup-'))
  source = await createTestDatabase()
  ledger = openLedger({ url: source.url, masterKey })
  ;({ app } = await declareApp(ledger))
  await putSecret(ledger, { name: 'KEY', app, value: 'kept from all', by })
  await recordBuild()
  shared = (await backUp()).path
})
afterAll(async () => {
  for (const command of started) command.signal('SIGKILL')
  await Promise.all(started.map(({ ended }) => ended))
  await ledger.close()
  await source.drop()
  await rm(dir, { recursive: true, force: true })
})

const recordBuild = () => enqueue(ledger, newBuild(app))

/** A database that is there, and empty. */
async function createEmpty(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  await run(database.url, 'drop schema public cascade; drop schema drizzle cascade; create schema public')
  return database
}

async function run<T extends object>(url: string, statement: string): Promise<T[]> {
  const client = new Client({ connectionString: url }).on('error', () => {})
  await client.connect()
  try {
    return (await client.query<T>(statement)).rows
  } finally {
    await client.end()
  }
}

function start(arguments_: string[], { url, key = masterKey }: { url: string; key?: Buffer }) {
  const env = { DATABASE_URL: url, STEVEDORE_MASTER_KEY: key.toString('base64'), STEVEDORE_DATA_DIR: join(dir, 'data') }
  const command = startStevedoreProcess(arguments_, env)
  started.push(command)
  return command
}

async function stevedore(arguments_: string[], options: { url: string; key?: Buffer }) {
  const command = start(arguments_, options)
  return { status: await command.ended, output: command.readOutput() }
}

const makeFolder = () => mkdtemp(join(dir, 'backups-'))
const listNames = async (folder: string) => (await readdir(folder)).filter((name) => name.startsWith('stevedore-'))

async function backUp(url = source.url) {
  const folder = await makeFolder()
  const made = await stevedore(['backup', '--to', folder], { url })
  expect(made).toMatchObject({ status: 0 })
  const [name = ''] = await listNames(folder)
  expect(made.output).toContain(`Backup: ${join(folder, name)}`)
  return { folder, path: join(folder, name), output: made.output }
}

/** All but the trail, which tells of the backup as well, and what a migration itself wrote when it ran. */
async function readRows(url: string) {
  const { audit: _, __drizzle_migrations: __, grants: ___, ...rest } = await readContents(url)
  return rest
}

test('a restore brings back every row, the trail whole, and a ledger that goes on', async () => {
  const { path, output } = await backUp()
  const target = await createEmpty()
  const restored = await stevedore(['restore', path], { url: target.url })
  expect(restored).toMatchObject({ status: 0 })
  expect(restored.output).toMatch(/whole up to \d+, as this installation signed it/)
  expect(await readRows(target.url)).toEqual(await readRows(source.url))
  const tables = await run<{ name: string }>(
    source.url,
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  const copied = (await readBackup(path)).tables.map(({ table }) => table)
  expect(copied.sort()).toEqual(tables.map(({ name }) => name).sort())
  const copy = openLedger({ url: target.serviceUrl, masterKey })
  onTestFinished(() => copy.close())
  const [, seq = '', hash = ''] = /ends at (\d+):(\w+)/.exec(output) ?? []
  expect(await verifyAudit(copy, { heads: [{ seq: Number(seq), hash }] })).toMatchObject({ ok: true })
  expect(await readSecrets(copy, { app, environment: 'staging', names: ['KEY'] })).toEqual(
    await readSecrets(ledger, { app, environment: 'staging', names: ['KEY'] }),
  )
  await expectNewPosition(target.url)
  await enqueue(copy, newBuild(app))
  const numbers = await run<{ seq: string }>(target.url, 'select seq from jobs order by seq')
  expect(new Set(numbers.map((row) => row.seq)).size).toBe(numbers.length)
  // What guards the trail and what numbers it is in force again.
  await expect(run(target.url, 'delete from audit')).rejects.toThrow()
  expect(await verifyAudit(copy)).toMatchObject({ ok: true })
  const later = await verifyAudit(copy, { heads: [{ seq: 1_000, hash }] })
  expect(later).toMatchObject({ ok: false, firstBroken: { reason: 'cut' } })
})

/** Of the next event: where it was given before, nothing of any job can be written. */
async function expectNewPosition(url: string): Promise<void> {
  const statement = `select nextval('event_positions') > (select max(position) from events) as is_new`
  expect(await run(url, statement)).toEqual([{ is_new: true }])
}

test('a backup that lacks the last number of a sequence comes back as one that goes on', async () => {
  const target = await createEmpty()
  const withoutIt = edit((text) => {
    const { sequences, ...rest } = JSON.parse(text)
    return JSON.stringify({ ...rest, sequences: { ...sequences, event_positions: undefined } })
  })
  await restore(target.url, await copyShared(withoutIt))
  await expectNewPosition(target.url)
})

test('what is recorded meanwhile is in the backup as a whole or not at all', async () => {
  const stop = new AbortController()
  const writers = [0, 1, 2].map(async () => {
    while (!stop.signal.aborted) await recordBuild()
  })
  const { path } = await backUp()
  stop.abort()
  await Promise.all(writers)
  const target = await createEmpty()
  expect(await stevedore(['restore', path], { url: target.url })).toMatchObject({ status: 0 })
  const [counts] = await run(
    target.url,
    `select (select count(*) from jobs)::int as jobs, (select count(*) from events where seq = 1)::int as events,
       (select count(*) from audit where action = 'job.requested')::int as entries,
       (select count(*) from outbox)::int as messages`,
  )
  const { jobs } = counts as { jobs: number }
  expect(counts).toEqual({ jobs, events: jobs, entries: jobs, messages: jobs })
})

test('the role of the service may make one, and the first release’s comes back as this version has it', async () => {
  const old = await createTestDatabase()
  onTestFinished(() => old.drop())
  const client = new Client({ connectionString: old.url })
  await client.connect()
  await returnToFirstRelease(client)
  await insertOldRows(client)
  await client.end()
  const { path } = await backUp(old.url)
  const target = await createEmpty()
  expect(await stevedore(['restore', path], { url: target.url })).toMatchObject({ status: 0 })
  expect(await stevedore(['migrate'], { url: old.url })).toMatchObject({ status: 0 })
  expect(await readRows(target.url)).toEqual(await readRows(old.url))
  expect(await stevedore(['backup', '--to', await makeFolder()], { url: target.serviceUrl })).toMatchObject({
    status: 0,
  })
})

test('a ledger is never written over', async () => {
  const before = await readContents(source.url)
  const refused = await stevedore(['restore', shared], { url: source.url })
  expect(refused).toMatchObject({ status: 1, output: expect.stringContaining('holds a ledger already') })
  expect(await readContents(source.url)).toEqual(before)
})

const edit = (change: (text: string) => string) => async (path: string) => {
  const file = join(path, 'manifest.json')
  await writeFile(file, change(await readFile(file, 'utf8')))
}

const tamperings: Record<string, (path: string) => Promise<void>> = {
  'a file that was changed': async (path) => {
    const file = join(path, 'jobs.copy.gz')
    const bytes = await readFile(file)
    bytes[bytes.length - 9]! ^= 1
    await writeFile(file, bytes)
  },
  'a file that is gone': (path) => rm(join(path, 'secrets.copy.gz')),
  'a manifest that is cut': edit((text) => text.slice(0, -20)),
  'a table whose name is a path': edit((text) => text.replace('"table": "jobs"', '"table": "../jobs"')),
  'a version that is newer': edit((text) => text.replace(/"migration": \d+/, '"migration": 99999999999999')),
}

async function copyShared(change: (path: string) => Promise<void>): Promise<string> {
  const path = join(await makeFolder(), 'copy')
  await cp(shared, path, { recursive: true })
  await change(path)
  return path
}

async function restore(url: string, folder: string): Promise<void> {
  await loadBackup(url, { folder, manifest: await readBackup(folder) })
}

test.each(Object.entries(tamperings))('%s is refused before anything is touched', async (_, tamper) => {
  const target = await createEmpty()
  await expect(restore(target.url, await copyShared(tamper))).rejects.toThrow(BackupError)
  expect(await run(target.url, `select from pg_tables where schemaname in ('public', 'drizzle')`)).toEqual([])
})

test('a trail that does not end where the manifest says leaves the tables empty, and the next one is taken', async () => {
  const target = await createEmpty()
  const changed = await copyShared(edit((text) => text.replace(/"hash": "\w{4}/, '"hash": "0000')))
  await expect(restore(target.url, changed)).rejects.toThrow('does not end where')
  expect(await run(target.url, 'select from jobs')).toEqual([])
  await restore(target.url, shared)
  expect(await run(target.url, 'select from jobs')).not.toEqual([])
})

test('secrets that could never be opened again are told before', async () => {
  const target = await createEmpty()
  const refused = await stevedore(['restore', shared], { url: target.url, key: randomBytes(32) })
  expect(refused).toMatchObject({ status: 1, output: expect.stringContaining('another master key') })
})

/** Of this database alone: others of the run are on the same server. */
const waiting = `select from pg_locks join pg_database on pg_database.oid = database
  where datname = current_database() and not granted`

test('one that is killed has no name, and --keep leaves the newest and what is not ours', async () => {
  const folder = await makeFolder()
  const blocker = new Client({ connectionString: source.url })
  await blocker.connect()
  onTestFinished(() => blocker.end())
  await blocker.query('begin; lock table jobs in access exclusive mode')
  const command = start(['backup', '--to', folder], { url: source.url })
  await waitUntil('the backup to stand at the lock', async () => (await run(source.url, waiting)).length > 0, {
    timeoutMs: 100_000,
  })
  command.signal('SIGKILL')
  await command.ended
  await blocker.query('rollback')
  expect(await listNames(folder)).toEqual([])
  await mkdir(join(folder, 'stevedore-of-mine'))
  for (const _ of [1, 2])
    expect(await stevedore(['backup', '--to', folder, '--keep', '1'], { url: source.url })).toMatchObject({ status: 0 })
  const names = await listNames(folder)
  expect(names).toHaveLength(2)
  expect(names).toContain('stevedore-of-mine')
})

test('with --every one is made at once, none again after a restart, and a signal ends it', async () => {
  const folder = await makeFolder()
  const first = start(['backup', '--to', folder, '--every', '1d'], { url: source.url })
  await first.waitForLine(/^Backup: /)
  first.signal('SIGTERM')
  expect(await first.ended).toBe(0)
  const again = start(['backup', '--to', folder, '--every', '1d'], { url: source.url })
  await again.waitForLine(/^The next is due/)
  again.signal('SIGTERM')
  expect(await again.ended).toBe(0)
  expect(await listNames(folder)).toHaveLength(1)
})
