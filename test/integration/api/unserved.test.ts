import { forgetWorker, reportWorker } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

const report = (id: string, kinds: ('build' | 'deploy')[]) =>
  reportWorker(api.ledger, { id, kinds, version: '1.2.0', concurrency: 4, sites: ['docker'], away: [] })
/** What is known of the workers is a second old at most. */
const soon = { timeout: 10_000 }

test('a queued job whose kind no live worker takes says so, and is found by it', async () => {
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop', version: '2.0.0' } })
  const ask = async () => (await api.call('GET', `/v1/jobs/${body.id}`)).body
  const find = async (query: string) => (await api.call('GET', `/v1/jobs?${query}`)).body.items
  expect(await ask()).toMatchObject({ state: 'queued', waitingFor: 'worker' })
  expect((await ask()).waitNote).toMatch(/^No live worker takes jobs of the kind build; none was seen/)
  await report('silent', ['build'])
  await report('other', ['deploy'])
  const client = new Client({ connectionString: api.databaseUrl })
  await client.connect()
  await client.query(`update workers set seen_at = now() - interval '1 minute' where id = 'silent'`)
  await client.end()
  await vi.waitFor(async () => expect((await ask()).waitNote).toMatch(/build; the last was seen at \d{4}-.*Z\. /), soon)
  expect(await find('waitingFor=worker,approval')).toMatchObject([{ id: body.id, waitingFor: 'worker' }])
  await report('builds', ['build'])
  await vi.waitFor(async () => expect(await ask()).toMatchObject({ waitingFor: null, waitNote: null }), soon)
  expect(await find('waitingFor=worker')).toEqual([])
  await forgetWorker(api.ledger, 'builds')
  await vi.waitFor(async () => expect(await ask()).toMatchObject({ waitingFor: 'worker' }), soon)
})
