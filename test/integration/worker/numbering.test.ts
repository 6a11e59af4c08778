import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage

beforeAll(async () => {
  stage = await openWorkerStage()
  await stage.startWorker()
})
afterAll(() => stage.close())

test('a revision gets no number that another ledger gave to what runs', async () => {
  await stage.api.call('PUT', '/v1/apps/shop', { body: sampleSpec('shop') })
  await playBuild(stage.api, { app: 'shop' })
  const replica = { name: 'r7-1', revision: 7, healthy: true, state: 'running' }
  const looking = vi
    .spyOn(stage.engines.deploy.docker, 'observe')
    .mockResolvedValueOnce({ replicas: [replica], traffic: { 7: 100 }, drift: [] })
  const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' } as const
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded', result: { revision: 8 } })
  looking.mockRestore()
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded', result: { revision: 9 } })
})
