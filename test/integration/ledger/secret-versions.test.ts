import {
  createRevision,
  findChangedSecrets,
  getRevision,
  listSecrets,
  openSecrets,
  pinSecrets,
  pruneLedger,
  pruneRevisions,
  putSecret,
  readSecrets,
  removeSecret,
  StaleFenceError,
} from '@stevedore/ledger'
import { beforeEach, expect, test } from 'vitest'
import { by, declareApp, imageOf, newDeploy, openFixture, startJob, worker } from './fixture.ts'

const { ledger, sql, openAnother, untilBlocked } = await openFixture()
let app = ''
let begun: Awaited<ReturnType<typeof begin>>
beforeEach(async () => {
  app = (await declareApp(ledger)).app
  begun = await begin()
})

/** A deploy under way, with its revision. */
async function begin(environment = 'staging') {
  const { message } = await startJob(ledger, newDeploy(app, { environment, queue: 'all' }))
  const settings = { engine: 'docker', port: 8081 } as never
  const release = { image: imageOf(app), version: '1.0.0', settings, specVersion: 1, strategy: 'rolling' }
  const place = { app, environment }
  const { number } = await createRevision(ledger, { ...message, ...place, ...release, cause: 'deploy', by: worker })
  return { ...message, ...place, number }
}

const put = (value: string, place: { app?: string; environment?: string } = { app }, name = 'KEY') =>
  putSecret(ledger, { name, value, by, ...place })
const pin = (names = ['KEY'], at = begun) => pinSecrets(ledger, { ...at, names })
const current = () => getRevision(ledger, app, begun.environment, begun.number)
const changed = async () => findChangedSecrets(ledger, (await current()) ?? { ...begun, secrets: [] })
const earlier = async () => (await sql('select name from secret_versions where app = $1', [app])).length

test('another value is another version, the same one is not', async () => {
  const versions = []
  for (const value of ['one', 'one', 'two', 'one']) versions.push((await put(value)).version)
  expect(versions).toEqual([1, 1, 2, 3])
  expect(await listSecrets(ledger, { app })).toMatchObject([{ name: 'KEY', version: 3 }])
  expect(await readSecrets(ledger, { names: ['KEY'], app })).toEqual({ KEY: 'one' })
})

test('parallel values lose none, and versions have no gap', async () => {
  const ledgers = [ledger, openAnother()]
  const values = Array.from({ length: 20 }, (_, n) => `value ${n}`)
  const stored = await Promise.all(
    values.map((value, n) => putSecret(ledgers[n % 2] ?? ledger, { name: 'KEY', app, value, by })),
  )
  const opened = []
  for (const secret of stored.sort((a, b) => a.version - b.version)) {
    const { updatedAt: _updatedAt, ...version } = secret
    opened.push([version.version, (await openSecrets(ledger, [version])).KEY])
  }
  expect(opened.map(([version]) => version)).toEqual(values.map((_, n) => n + 1))
  expect(new Set(opened.map(([, value]) => value))).toEqual(new Set(values))
})

test('a revision keeps the values that it was given, whatever is stored afterwards', async () => {
  const { fingerprint } = await put('one')
  const pinned = await pin(['KEY', 'ABSENT'])
  expect(pinned).toEqual([{ name: 'KEY', app, environment: null, version: 1, fingerprint }])
  expect(await current()).toMatchObject({ secrets: pinned })
  expect(await changed()).toEqual([])
  await put('two')
  expect(await openSecrets(ledger, pinned)).toEqual({ KEY: 'one' })
  expect(await readSecrets(ledger, { names: ['KEY'], app })).toEqual({ KEY: 'two' })
  expect(await changed()).toEqual(['KEY'])
  const again = await pin()
  expect(again).toMatchObject([{ version: 2 }])
  expect(await openSecrets(ledger, again)).toEqual({ KEY: 'two' })
  expect(await changed()).toEqual([])
})

test('a process that knows of no versions replaces a value and loses none', async () => {
  await put('one')
  const pinned = await pin()
  // As the service stored a value before it kept versions.
  await sql(
    `insert into secrets (name, app, environment, sealed, fingerprint, updated_at) values ('KEY', $1, '', 'x', 'other', now())
     on conflict (name, app, environment) do update set sealed = excluded.sealed, fingerprint = excluded.fingerprint`,
    [app],
  )
  expect(await openSecrets(ledger, pinned)).toEqual({ KEY: 'one' })
  expect(await listSecrets(ledger, { app })).toMatchObject([{ version: 2, fingerprint: 'other' }])
})

test('the most specific place counts, and another place is a change', async () => {
  await put('everybody’s', {})
  const global = await pin()
  expect(global).toMatchObject([{ app: null, environment: null }])
  await put('the app’s')
  expect(await changed()).toEqual(['KEY'])
  const ofApp = await pin()
  expect(ofApp).toMatchObject([{ app, environment: null }])
  await put('of production', { app, environment: 'production' })
  expect(await changed()).toEqual([])
  await put('of staging', { app, environment: 'staging' })
  expect(await changed()).toEqual(['KEY'])
  const own = await pin()
  const opened = []
  for (const versions of [global, ofApp, own]) opened.push((await openSecrets(ledger, versions)).KEY)
  expect(opened).toEqual(['everybody’s', 'the app’s', 'of staging'])
  await removeSecret(ledger, { name: 'KEY', by })
})

test('several names are opened at once, each by its own version', async () => {
  await put('a1', { app }, 'A')
  await put('b1', {}, 'B')
  const pinned = await pin(['B', 'A'])
  expect(pinned.map(({ name }) => name)).toEqual(['A', 'B'])
  await put('a2', { app }, 'A')
  expect(await openSecrets(ledger, pinned)).toEqual({ A: 'a1', B: 'b1' })
  expect(await changed()).toEqual(['A'])
  expect(await openSecrets(ledger, [])).toEqual({})
})

test('a removed secret takes its versions along; one that is stored anew is another', async () => {
  await put('one')
  const first = await pin()
  await put('two')
  const second = await pin()
  await removeSecret(ledger, { name: 'KEY', app, by })
  expect(await earlier()).toBe(0)
  for (const versions of [first, second]) expect(await openSecrets(ledger, versions)).toEqual({})
  expect(await changed()).toEqual([])
  expect(await put('three')).toMatchObject({ version: 1 })
  expect(await openSecrets(ledger, first)).toEqual({})
  expect(await changed()).toEqual(['KEY'])
})

test('of a revision without a record nothing is said', async () => {
  await put('one')
  expect(await current()).toMatchObject({ secrets: [] })
  expect(await changed()).toEqual([])
})

/** As if every deploy of the app were over. */
async function endAll(): Promise<void> {
  await sql("update jobs set state = 'failed' where app = $1", [app])
  await sql('update environments set active_job_id = null where app = $1', [app])
  await sql("update revisions set state = 'retired' where app = $1", [app])
}

test('a value that holds no more goes when no revision was given it', async () => {
  const prune = async () => (await pruneLedger(ledger, { limit: 100 })).secret_versions
  await prune()
  await put('one')
  await pin()
  await put('two')
  await put('three')
  await pin(['KEY'], await begin('production'))
  await put('four')
  expect([await earlier(), await prune(), await earlier()]).toEqual([3, 1, 2])
  expect(await openSecrets(ledger, (await current())?.secrets ?? [])).toEqual({ KEY: 'one' })
  await endAll()
  await begin()
  await endAll()
  expect(await pruneRevisions(ledger, { app, keep: 1 })).toBe(1)
  expect([await prune(), await earlier()]).toEqual([1, 1])
})

test('a value that is being given to a revision is not replaced until that is recorded', async () => {
  await put('one')
  const holder = await openAnother().pool.connect()
  await holder.query('begin')
  await holder.query('select from revisions where app = $1 for update', [app])
  const pinning = pin()
  await untilBlocked('update "revisions"')
  const replacing = put('two')
  await untilBlocked('insert into "secrets"')
  await holder.query('commit')
  holder.release()
  const pinned = await pinning
  expect(pinned).toMatchObject([{ version: 1 }])
  expect(await replacing).toMatchObject({ version: 2 })
  expect(await openSecrets(ledger, pinned)).toEqual({ KEY: 'one' })
})

test('an attempt that lost its job gives nothing to its revision, nor to one that is not there', async () => {
  await put('one')
  await expect(pin(['KEY'], { ...begun, attempt: begun.attempt + 1 })).rejects.toThrow(StaleFenceError)
  expect(await current()).toMatchObject({ secrets: [] })
  await expect(pin(['KEY'], { ...begun, number: 99 })).rejects.toMatchObject({ code: 'not-found' })
})
