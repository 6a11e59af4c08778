import { type DeployRequest, FailureError } from '@stevedore/contract'
import { listAudit } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage

beforeAll(async () => {
  stage = await openWorkerStage()
  // What builds is played: no worker is to be quicker.
  await stage.startWorker({ WORKER_KINDS: 'push,deploy,rollback,run' })
})
afterAll(() => stage.close())

const read = async (app: string, more = '') =>
  (await stage.api.call('GET', `/v1/apps/${app}/environments/staging${more}`)).body
const request = (app: string, more: Partial<DeployRequest> = {}): DeployRequest => ({
  kind: 'deploy' as const,
  app,
  environment: 'staging',
  ...more,
})
const remove = (app: string) => stage.run(request(app, { remove: true }))

/** An app of its own whose `staging` runs its first revision. */
async function deployFirst(app: string): Promise<void> {
  await stage.api.call('PUT', `/v1/apps/${app}`, { body: sampleSpec(app) })
  await playBuild(stage.api, { app })
  expect(await stage.run(request(app))).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
}

test('what ran is gone, the status says so, and an earlier revision or a deploy brings it back', async () => {
  await deployFirst('shop')
  expect((await read('shop')).observed.replicas).toHaveLength(2)
  expect(await remove('shop')).toMatchObject({ state: 'succeeded', progress: 100, result: { removed: 1 } })
  expect(await read('shop')).toMatchObject({ desired: null, observed: null, pinnedBy: null, activeJobId: null })
  expect((await read('shop', '/revisions')).items).toMatchObject([{ number: 1, state: 'retired' }])
  const back = await stage.run({ kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 1 })
  expect(back).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
  expect(await read('shop')).toMatchObject({ desired: { number: 1 }, observed: { traffic: { 1: 100 } } })
  expect(await remove('shop')).toMatchObject({ state: 'succeeded' })
  expect(await stage.run(request('shop'))).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
})

test('the same again finds nothing to do', async () => {
  await deployFirst('twice')
  for (let n = 0; n < 2; n++) expect(await remove('twice')).toMatchObject({ state: 'succeeded' })
  const actions = (await listAudit(stage.api.ledger, { app: 'twice', limit: 100 })).map(({ action }) => action)
  expect(actions.filter((action) => action === 'environment.removed')).toHaveLength(1)
})

test('a removal that fails says what still serves, and the environment stays the recorded one', async () => {
  await deployFirst('stuck')
  const failing = vi
    .spyOn(stage.engines.deploy.docker, 'remove')
    .mockRejectedValue(new FailureError('policy-violation', { diagnosis: 'not today' }))
  const job = await remove('stuck')
  failing.mockRestore()
  expect(job).toMatchObject({ state: 'failed', error: { code: 'policy-violation' } })
  expect(job.error?.diagnosis).toBe('not today\nTraffic: revision 1 100%.')
  expect(await read('stuck')).toMatchObject({ desired: { number: 1 }, activeJobId: null })
})

test.each(['cancel', 'abort'])('%s ends a removal where it stands, and says what still serves', async (verb) => {
  const app = `${verb}led`
  await deployFirst(app)
  let reached = () => {}
  const begun = new Promise<void>((resolve) => {
    reached = resolve
  })
  const slow = vi.spyOn(stage.engines.deploy.docker, 'remove').mockImplementation((_place, { signal }) => {
    reached()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  const ended = remove(app)
  await begun
  const { activeJobId } = await read(app)
  expect(await stage.api.call('POST', `/v1/jobs/${activeJobId}/${verb}`)).toMatchObject({ status: 202 })
  expect(await ended).toMatchObject({ state: 'cancelled', result: { traffic: 'Traffic: revision 1 100%.' } })
  slow.mockRestore()
  expect(await read(app)).toMatchObject({ desired: { number: 1 }, activeJobId: null })
  expect(await remove(app)).toMatchObject({ state: 'succeeded' })
})
