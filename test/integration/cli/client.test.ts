import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packDirectory } from '../../../apps/cli/src/archive/pack-directory.ts'
import { type Client, createClient } from '../../../apps/cli/src/client/client.ts'
import { followEvents, followLog } from '../../../apps/cli/src/client/follow.ts'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
let client: Client
const app = 'shop'
const place = { app, environment: 'staging' }

beforeAll(async () => {
  api = await startTestApi()
  client = createClient({ url: api.address, token: api.admin })
  const body = {
    app,
    source: { git: 'https://git.example.com/acme/shop.git' },
    image: { registry: 'ghcr.io', name: 'acme/shop' },
    environments: { staging: { engine: 'docker' as const, port: 8081, containerPort: 8080 } },
  }
  expect(await client.call('putApp', { params: { app }, body })).toMatchObject({ app, specVersion: 1 })
})
afterAll(() => api.close())

async function startBuild(key: string) {
  const headers = { 'Idempotency-Key': key }
  return client.call('createJob', { body: { kind: 'build', app, target: 'all' }, headers })
}

test('what is declared is read back, as one and in a list', async () => {
  expect((await client.call('getApp', { params: { app } })).spec.image.name).toBe('acme/shop')
  expect((await client.call('listApps', {})).items.map((view) => view.app)).toEqual([app])
  expect(await client.call('getEnvironment', { params: place })).toMatchObject({ ...place, desired: null })
  expect(await client.call('unpinEnvironment', { params: place })).toMatchObject({ ...place, pinnedBy: null })
})

test('a header goes along: a repeated request is the same job; a control needs no body', async () => {
  const job = await startBuild('the-same-request')
  expect((await startBuild('the-same-request')).id).toBe(job.id)
  const { items } = await client.call('listJobs', { query: { app, kind: 'build', limit: 5 } })
  expect(items.map(({ id }) => id)).toEqual([job.id])
  expect(await client.call('cancelJob', { params: { id: job.id } })).toMatchObject({ state: 'cancelled' })
  await expect(client.call('promoteJob', { params: { id: job.id }, body: { full: true } })).rejects.toThrow('cancelled')
})

test('events and output of a job are streams that end with it', async () => {
  const { id } = await startBuild('to-be-followed')
  await client.call('cancelJob', { params: { id } })
  const signal = AbortSignal.timeout(20_000)
  const types: string[] = []
  for await (const event of followEvents(client, id, signal)) types.push(event.type)
  expect(types).toEqual(['job.queued', 'job.cancelled'])
  let output = ''
  for await (const text of followLog(client, id, { follow: true, signal })) output += text
  expect(output).toBe('')
})

test('secrets are stored, listed with their version and removed, each by its place', async () => {
  const secret = { params: { name: 'DATABASE_URL' }, query: { app } }
  await client.call('putSecret', { ...secret, body: { value: 'postgres://old' } })
  const stored = await client.call('putSecret', { ...secret, body: { value: 'postgres://new' } })
  expect(stored).toMatchObject({ name: 'DATABASE_URL', app, environment: null, version: 2 })
  expect((await client.call('listSecrets', { query: { app } })).items).toEqual([stored])
  expect(await client.call('removeSecret', secret)).toBeUndefined()
  expect((await client.call('listSecrets', { query: { app } })).items).toEqual([])
})

test('an archive is sent as it is made', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-client-'))
  await writeFile(join(dir, 'Dockerfile'), 'FROM scratch\n')
  const body = await packDirectory(dir, { path: '.', dockerfile: 'Dockerfile' })
  expect(await client.call('uploadSource', { params: { app }, body })).toMatchObject({ bytes: 2_048 })
  await rm(dir, { recursive: true })
})

test('the trail holds, and tells of one action alone where it is asked so', async () => {
  const { items } = await client.call('listAudit', { query: { action: 'app.declared' } })
  expect(items).toMatchObject([{ seq: expect.any(Number), action: 'app.declared', app, detail: { specVersion: 1 } }])
  expect(await client.call('verifyAudit', {})).toMatchObject({ ok: true })
})
