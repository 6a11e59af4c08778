import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { playBuild, playDeploy } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  for (const app of ['shop', 'shop-2', 'other']) await api.call('PUT', `/v1/apps/${app}`, { body: sampleSpec(app) })
  await playBuild(api)
  await playDeploy(api)
})
afterAll(() => api.close())

const list = async (query = '', token = api.admin) =>
  (await api.call('GET', `/v1/environments${query}`, { token })).body
const nameAll = (items: { app: string; environment: string }[]) =>
  items.map(({ app, environment }) => `${app}/${environment}`)

test('all apps’ environments are listed as each app lists its own', async () => {
  const { items, next } = await list()
  expect(nameAll(items)).toEqual([...nameAll(items)].sort())
  expect(next).toBeNull()
  for (const app of ['shop', 'shop-2', 'other']) {
    const own = (await api.call('GET', `/v1/apps/${app}/environments`)).body.items
    const seen = items.filter((item: { app: string }) => item.app === app)
    expect(nameAll(seen)).toEqual(nameAll(own).sort())
    for (const view of own) expect(seen).toContainEqual(view)
  }
})

test('page by page each comes once, also where an app goes in between', async () => {
  const whole = nameAll((await list()).items)
  const seen: string[] = []
  for (let cursor = ''; ; ) {
    const page = await list(`?limit=2${cursor}`)
    seen.push(...nameAll(page.items))
    if (page.next === null) break
    cursor = `&cursor=${page.next}`
  }
  expect(seen).toEqual(whole)
  const { next } = await list('?limit=3')
  await api.call('PUT', '/v1/apps/aaa', { body: sampleSpec('aaa') })
  const rest = await list(`?cursor=${next}`)
  expect(nameAll(rest.items)).toEqual(whole.slice(3))
})

test('a token sees its own alone, and a cursor is of this list alone', async () => {
  const ofShop = await api.createToken('viewer', { app: 'shop' })
  expect(new Set((await list('', ofShop)).items.map(({ app }: { app: string }) => app))).toEqual(new Set(['shop']))
  const ofStaging = await api.createToken('viewer', { app: 'shop', environment: 'staging' })
  expect(nameAll((await list('', ofStaging)).items)).toEqual(['shop/staging'])
  const { next } = (await api.call('GET', '/v1/audit?limit=1')).body
  for (const cursor of [next, 'cshop.staging.AAAAAAAAAAAAAAAA', 'c1', "c'.x.y"])
    expect(await api.call('GET', `/v1/environments?cursor=${encodeURIComponent(cursor)}`)).toMatchObject({
      status: 422,
    })
})

test('the audit trail is asked by environment and by job', async () => {
  type Entry = { environment: string | null; jobId: string | null; action: string }
  const ask = async (query: string): Promise<Entry[]> => (await api.call('GET', `/v1/audit?${query}`)).body.items
  const ofStaging = await ask('environment=staging&app=shop')
  expect(new Set(ofStaging.map(({ environment }) => environment))).toEqual(new Set(['staging']))
  const jobId = ofStaging.find((entry) => entry.action === 'job.requested')?.jobId
  const ofJob = await ask(`job=${jobId}`)
  expect(ofJob.length).toBeGreaterThan(1)
  expect(new Set(ofJob.map((entry) => entry.jobId))).toEqual(new Set([jobId]))
  expect(await ask('environment=production')).toEqual([])
  expect(await api.call('GET', '/v1/audit?job=1')).toMatchObject({ status: 422 })
})
