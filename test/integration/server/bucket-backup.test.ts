import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLedger } from '@stevedore/ledger'
import {
  bucketComponent,
  createTestDatabase,
  lacks,
  readContents,
  startBuckets,
  type TestBuckets,
  type TestDatabase,
} from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Bucket, openBucket } from '../../../apps/server/src/bucket.ts'
import { startStevedoreProcess } from '../../harness/stevedore-process.ts'
import { declareApp, enqueue, newBuild } from '../ledger/fixture.ts'

describe.skipIf(lacks(bucketComponent))('backups in a bucket', () => {
  const masterKey = randomBytes(32).toString('base64')
  const secretKey = 'only-in-tests-s3cr3t'
  let buckets: TestBuckets
  let source: TestDatabase
  let dir = ''
  /** To look behind the command, at `s3://backups/a/b`. */
  let bucket: Bucket

  beforeAll(async () => {
    buckets = await startBuckets()
    await buckets.createBucket('backups')
    source = await createTestDatabase()
    dir = await mkdtemp(join(tmpdir(), 'stevedore-bucket-'))
    const settings = { endpoint: buckets.endpoint, region: 'us-east-1', keyId: 'tests', secretKey }
    bucket = openBucket('s3://backups/a/b', settings)
    const ledger = openLedger({ url: source.url })
    const { app } = await declareApp(ledger)
    await enqueue(ledger, newBuild(app))
    await ledger.close()
  })
  afterAll(async () => {
    await buckets?.stop()
    await source?.drop()
    await rm(dir, { recursive: true, force: true })
  })

  async function stevedore(arguments_: string[], url = source.url, env: NodeJS.ProcessEnv = {}) {
    const command = startStevedoreProcess(arguments_, {
      DATABASE_URL: url,
      STEVEDORE_DATA_DIR: join(dir, 'data'),
      STEVEDORE_MASTER_KEY: masterKey,
      STEVEDORE_BACKUP_ENDPOINT: buckets.endpoint,
      STEVEDORE_BACKUP_KEY_ID: 'tests',
      STEVEDORE_BACKUP_SECRET_KEY: secretKey,
      ...env,
    })
    const status = await command.ended
    expect(command.readOutput()).not.toContain('s3cr3t')
    return { status, output: command.readOutput() }
  }

  const backUp = (...more: string[]) => stevedore(['backup', '--to', 's3://backups/a/b', ...more])
  const listKeys = async () => (await bucket.list()).map(({ key }) => key)

  async function send(key: string, content: string | Buffer): Promise<string> {
    const path = join(dir, 'sent')
    await writeFile(path, content)
    await bucket.send(path, key)
    return key
  }

  async function createEmpty(): Promise<TestDatabase> {
    const database = await createTestDatabase()
    onTestFinished(() => database.drop())
    const client = new Client({ connectionString: database.url })
    await client.connect()
    await client.query('drop schema public cascade; drop schema drizzle cascade; create schema public')
    await client.end()
    return database
  }

  test('one goes there and comes back; of those before the newest stay, and what is not ours', async () => {
    const others = [await send('notes.txt', 'mine'), await send('stevedore-of-mine/manifest.json', '{}')]
    const [first, second] = [await backUp(), await backUp('--keep', '1')]
    const [from = ''] = /s3:\/\/backups\/a\/b\/stevedore-\S+Z/.exec(second.output) ?? []
    expect(second).toMatchObject({ status: 0, output: expect.stringContaining('Dropped s3://backups/a/b/stevedore-') })
    expect(first.output).not.toContain(from)
    const [name = ''] = from.split('/').slice(-1)
    const keys = await listKeys()
    expect(keys).toContain(`${name}/manifest.json`)
    expect(keys.filter((key) => !key.startsWith(`${name}/`))).toEqual(others)

    const target = await createEmpty()
    expect(await stevedore(['restore', from], target.url)).toMatchObject({ status: 0 })
    const [{ jobs, events, apps }, before] = [await readContents(target.url), await readContents(source.url)]
    expect({ jobs, events, apps }).toEqual({ jobs: before.jobs, events: before.events, apps: before.apps })
  })

  test('an upload that was broken off is no backup: it neither counts nor comes back', async () => {
    const broken = 'stevedore-2020-01-31T04-05-06-789Z'
    await send(`${broken}/jobs.copy.gz`, 'half')
    expect(await backUp('--keep', '1')).toMatchObject({ status: 0 })
    expect((await listKeys()).filter((key) => key.endsWith('Z/manifest.json'))).toHaveLength(1)
    const { url } = await createEmpty()
    expect(await stevedore(['restore', `s3://backups/a/b/${broken}`], url)).toMatchObject({
      status: 1,
      output: expect.stringContaining('is no backup that can be taken back'),
    })
    expect((await readContents(url)).jobs).toBeUndefined()
  })

  test('what is larger than a part goes in parts, and is read in parts', async () => {
    const content = randomBytes(17 * 1_048_576)
    const key = await send('large', content)
    const stored = (await bucket.list()).find((object) => object.key === key)!
    expect(stored.bytes).toBe(content.length)
    await bucket.fetch(stored, join(dir, 'fetched'))
    expect((await readFile(join(dir, 'fetched'))).equals(content)).toBe(true)
    await bucket.remove([key])
    expect(await listKeys()).not.toContain(key)
  })

  test.each([
    { what: 'a bucket that is not there', to: 's3://nowhere', env: {}, status: 1, says: 'The bucket answers 404' },
    { what: 'a name that is none', to: 's3://me:s3cr3t@b/a', env: {}, status: 2, says: 's3://BUCKET/FOLDER' },
    { what: 'a path that leads out', to: 's3://backups/../a', env: {}, status: 2, says: 's3://BUCKET/FOLDER' },
    {
      ...{ what: 'a server that is away', to: 's3://backups', status: 1, says: 'The bucket cannot be reached' },
      env: { STEVEDORE_BACKUP_ENDPOINT: 'http://127.0.0.1:47' },
    },
    {
      ...{ what: 'no key', to: 's3://backups', status: 2, says: 'There are no credentials' },
      env: { STEVEDORE_BACKUP_SECRET_KEY: '' },
    },
  ])('$what is told', async ({ to, env, status, says }) => {
    const told = await stevedore(['backup', '--to', to], source.url, env)
    expect(told).toMatchObject({ status, output: expect.stringContaining(says) })
  })
})
