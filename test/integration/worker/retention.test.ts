import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playBuild, playDeploy } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
const removed: string[] = []

beforeAll(async () => {
  stage = await openWorkerStage()
  const { api, engines } = stage
  engines.images = { ...engines.images, remove: async (tags) => void removed.push(...tags) }
  await api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), retain: { revisions: 2, images: 1 } } })
  for (const version of ['1', '2', '3', '4']) {
    await playBuild(api, { version })
    await playDeploy(api, { version })
  }
  await stage.api.ledger.pool.query(`
    insert into idempotency_keys (actor, key, body_hash, job_id, created_at)
    select 'token:ada', n::text, '', gen_random_uuid(), now() - interval '2 days' from generate_series(1, 2500) n`)
  await retireWithJob('gone')
  const ran = stage.signal((signal) => signal.type === 'loop.ran' && signal.loop === 'retention')
  await stage.startWorker()
  await ran
})
afterAll(() => stage.close())

/** An app that was retired long ago, and a job of it that ended before. */
async function retireWithJob(app: string): Promise<void> {
  const { api } = stage
  await api.call('PUT', `/v1/apps/${app}`, { body: { ...sampleSpec(app), retain: { jobs: '30d' } } })
  const id = await stage.request({ kind: 'build', app, version: '1' })
  expect((await api.call('POST', `/v1/jobs/${id}/cancel`)).status).toBe(202)
  expect((await api.call('DELETE', `/v1/apps/${app}`)).status).toBeLessThan(300)
  await api.ledger.pool.query(`update jobs set finished_at = now() - interval '40 days' where app = $1`, [app])
}

test('the jobs of a retired app go by its last spec as well', async () => {
  const { rows } = await stage.api.ledger.pool.query(`select count(*)::int as left from jobs where app = 'gone'`)
  expect(rows).toEqual([{ left: 0 }])
})

const read = async (path: string, field: string) =>
  (await stage.api.call('GET', `/v1/apps/shop/${path}`)).body.items.map((item: Record<string, unknown>) => item[field])

test('a worker removes the revisions that the spec does not keep, and no image of those that stay', async () => {
  expect(await read('images', 'version')).toEqual(['4', '3'])
  expect(await read('environments/staging/revisions', 'number')).toEqual([4, 3])
  expect(removed.sort()).toEqual(
    ['1', '2'].flatMap((version) => [`registry.example.com/acme/shop:${version}-production`]),
  )
})

test('however much there is of what is of no use any more, all of it goes: what a busy day leaves never heaps up', async () => {
  const { rows } = await stage.api.ledger.pool.query(
    `select count(*)::int as left from idempotency_keys where created_at < now() - interval '1 day'`,
  )
  expect(rows).toEqual([{ left: 0 }])
})

test('a rollback to a revision that is gone is refused and leaves nothing behind', async () => {
  const jobs = async () => (await stage.api.call('GET', '/v1/jobs?app=shop')).body.items.length
  const before = await jobs()
  const { status, body } = await stage.api.call('POST', '/v1/jobs', {
    body: { kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 1 },
  })
  expect({ status, detail: body.detail }).toMatchObject({ status: 404, detail: 'there is no revision 1' })
  expect(await jobs()).toBe(before)
})

test('a rollback to one that is kept finds its image and serves it', async () => {
  const job = await stage.run({ kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 3 })
  expect(job).toMatchObject({ state: 'succeeded', result: { revision: 3, version: '3' } })
  expect(await read('images', 'version')).toContain('3')
})
