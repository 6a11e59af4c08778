import { forgetWorker, reportWorker } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { claim } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

const plain = { version: '1.2.0', concurrency: 4, kinds: ['build', 'deploy'], sites: ['docker'], away: [] } as const
const report = (id: string, more: Partial<Parameters<typeof reportWorker>[1]> = {}) =>
  reportWorker(api.ledger, { ...plain, sites: [...plain.sites], away: [], id, ...more })
const list = async () => (await api.call('GET', '/v1/workers')).body.items

test('each says what it takes, has in hand and cannot reach; one that fell silent is lost, one that stopped is gone', async () => {
  expect(await list()).toEqual([])
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop', version: '1.0.0' } })
  await report('test')
  await claim(api, body.id)
  const since = new Date('2026-01-02T03:04:05Z')
  await report('far', { away: [{ site: 'docker', since, reason: 'connection refused' }] })
  await report('leaving', { kinds: [] })
  await report('silent')
  await report('stopped')
  await forgetWorker(api.ledger, 'stopped')
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  // As a worker of an older version has it that was killed.
  await client.query(
    `update workers set seen_at = now() - interval '1 minute', version = null, concurrency = null where id = 'silent'`,
  )
  await client.end()
  const at = expect.stringMatching(/^\d{4}-.*Z$/)
  const shown = { ...plain, running: 0, live: true, startedAt: at, seenAt: at }
  expect(await list()).toEqual([
    { ...shown, id: 'test', running: 1 },
    { ...shown, id: 'far', away: [{ site: 'docker', since: since.toISOString(), reason: 'connection refused' }] },
    { ...shown, id: 'leaving', kinds: [] },
    { ...shown, id: 'silent', version: null, concurrency: null, live: false },
  ])
})

test('a token of one app is told nothing of the machines', async () => {
  const token = { name: 'shop-viewer', role: 'viewer', app: 'shop' }
  const { body } = await api.call('POST', '/v1/tokens', { body: token })
  expect(await api.call('GET', '/v1/workers', { token: body.token })).toMatchObject({ status: 403 })
})
