import { createTestDatabase, sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { playBuild } from './play-worker.ts'

/** Two APIs on one ledger, each with its own memory. */
let first: TestApi
let second: TestApi
let sql: Client
/** What went from the first to the ledger. */
let said: string[] = []
const ends: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  const database = await createTestDatabase()
  ends.push(() => database.drop())
  first = await startTestApi({
    databaseUrl: database.serviceUrl,
    onStatement: (statement) => void said.push(statement),
  })
  ends.push(() => first.close())
  second = await startTestApi({ databaseUrl: database.serviceUrl })
  ends.push(() => second.close())
  sql = new Client({ connectionString: database.url })
  await sql.connect()
  ends.push(() => sql.end())
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

let made = 0
/** Two apps that share a repository: the one has it, the other was given it, and both APIs know both. */
async function share() {
  const [owner, guest] = [`owner${made}`, `guest${made++}`]
  const resource = { kind: 'repository', name: `registry.example.com/acme/${guest}` }
  const declare = (app: string) =>
    first.call('PUT', `/v1/apps/${app}`, {
      body: { ...sampleSpec(app), image: { registry: 'registry.example.com', name: `acme/${guest}` } },
    })
  expect(await declare(owner)).toMatchObject({ status: 201 })
  await give({ ...resource, app: guest })
  expect(await declare(guest)).toMatchObject({ status: 201 })
  for (const api of [first, second]) for (const app of [owner, guest]) expect(await build(api, app)).toMatchObject(kept)
  return { owner, guest, resource }
}

const give = (body: object) => first.call('PUT', '/v1/grants', { body })
const takeBack = (api: TestApi, key: Record<string, string>) =>
  api.call('DELETE', `/v1/grants?${new URLSearchParams(key)}`)
const build = (api: TestApi, app: string) =>
  api.call('POST', '/v1/jobs', { body: { kind: 'build', app }, token: api.admin })
const kept = { status: 202 }
const refused = { status: 403, body: { type: '/problems/not-granted' } }
const countJobs = async (app: string) =>
  (await sql.query('select count(*)::int as jobs from jobs where app = $1', [app])).rows[0].jobs

test('of a known app a build is one statement, and so it is after grants have changed', async () => {
  const { guest } = await share()
  said = []
  for (let n = 0; n < 3; n++) expect(await build(first, guest)).toMatchObject(kept)
  expect(said).toHaveLength(3)
  await give({ kind: 'repository', name: 'registry.example.com/acme/elsewhere', app: guest })
  said = []
  expect(await build(first, guest)).toMatchObject(kept)
  expect(said).toHaveLength(1)
})

test('a repository that is taken back through one API is refused by both with the next request, and so is what is given', async () => {
  const { owner, guest, resource } = await share()
  for (const api of [first, second, first]) {
    expect(await takeBack(api, { ...resource, app: guest })).toMatchObject({ status: 204 })
    for (const asked of [second, first]) expect(await build(asked, guest)).toMatchObject(refused)
    expect(await build(second, owner)).toMatchObject(kept)
    await give({ ...resource, app: guest })
    for (const asked of [second, first]) expect(await build(asked, guest)).toMatchObject(kept)
  }
})

test('it is refused at once also where nothing is told of it, and no connection listens', async () => {
  const { guest } = await share()
  await sql.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'stevedore-listener'`,
  )
  await sql.query('delete from grants where app = $1', [guest])
  for (const api of [first, second]) expect(await build(api, guest)).toMatchObject(refused)
})

test('what nobody has is free until an app declares it', async () => {
  const { owner, guest, resource } = await share()
  await sql.query('delete from grants where name = $1', [resource.name])
  for (const api of [first, second]) expect(await build(api, guest)).toMatchObject(kept)
  const body = { ...sampleSpec(owner), image: { registry: 'registry.example.com', name: `acme/${guest}` } }
  expect(await second.call('PUT', `/v1/apps/${owner}`, { body, token: second.admin })).toMatchObject({ status: 200 })
  for (const api of [first, second]) expect(await build(api, guest)).toMatchObject(refused)
})

test('of many at once those of the app that lost it are refused, and no other', async () => {
  const { owner, guest, resource } = await share()
  const before = { owner: await countJobs(owner), guest: await countJobs(guest) }
  await takeBack(second, { ...resource, app: guest })
  const ask = (app: string) => Promise.all(Array.from({ length: 24 }, () => build(first, app)))
  const [owners, guests] = await Promise.all([ask(owner), ask(guest)])
  expect(new Set(owners.map(({ status }) => status))).toEqual(new Set([202]))
  for (const answer of guests) expect(answer).toMatchObject(refused)
  expect(await countJobs(owner)).toBe(before.owner + 24)
  expect(await countJobs(guest)).toBe(before.guest)
})

test('a repeat has its job although the app has lost the repository', async () => {
  const { guest, resource } = await share()
  const ask = () =>
    first.call('POST', '/v1/jobs', { body: { kind: 'build', app: guest }, headers: { 'idempotency-key': guest } })
  const { body } = await ask()
  await takeBack(second, { ...resource, app: guest })
  expect(await ask()).toMatchObject({ status: 202, body: { id: body.id } })
  expect(await build(first, guest)).toMatchObject(refused)
})

test('a push, a dry run and a deploy are refused as well, and a build by the name of a registry', async () => {
  const { guest, resource } = await share()
  await playBuild(first, { app: guest })
  const place = { app: guest, environment: 'staging', version: '1.0.0' }
  const works = [
    { kind: 'push', app: guest, version: '1.0.0' },
    { kind: 'deploy', ...place, dryRun: true },
    { kind: 'deploy', ...place },
    { kind: 'build', app: guest, registry: 'registry.example.com' },
  ]
  for (const body of works) expect(await first.call('POST', '/v1/jobs', { body })).toMatchObject(kept)
  await takeBack(second, { ...resource, app: guest })
  for (const body of works) {
    expect(await first.call('POST', '/v1/jobs', { body })).toMatchObject(refused)
    // A refusal is forgotten with the app: the next is judged by what is known again.
    await give({ ...resource, app: guest })
    expect(await build(first, guest)).toMatchObject(kept)
    await takeBack(second, { ...resource, app: guest })
  }
})

test('a refusal is given by what stands, and is not made dearer by what was known', async () => {
  const { guest, resource } = await share()
  await takeBack(second, { ...resource, app: guest })
  expect(await build(first, guest)).toMatchObject(refused)
  said = []
  expect(await build(first, guest)).toMatchObject(refused)
  expect(said).toEqual(['select apps', 'select grants'])
})
