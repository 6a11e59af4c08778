import type { Release } from '@stevedore/engine'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let worker: { close(): Promise<void> }
const started: Release[] = []
const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' } as const

beforeAll(async () => {
  stage = await openWorkerStage()
  const { docker } = stage.engines.deploy
  stage.engines.deploy.docker = {
    ...docker,
    scaleUp(release, count, context) {
      started.push(release)
      return docker.scaleUp(release, count, context)
    },
  }
  await stage.api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  await playBuild(stage.api)
})
afterAll(() => stage.close())

test('a revision is given the limit of memory that it was made with, whatever the worker has now', async () => {
  worker = await stage.startWorker({ APP_MEMORY: 'off' })
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
  await worker.close()
  worker = await stage.startWorker({ APP_MEMORY: '2Gi' })
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded', result: { revision: 2 } })
  const rollback = { kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 1 } as const
  expect(await stage.run(rollback)).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
  const given = (revision: number) =>
    new Set(started.filter((one) => one.revision === revision).map((one) => one.defaultMemory))
  expect(given(1)).toEqual(new Set([null]))
  expect(given(2)).toEqual(new Set(['2Gi']))
  expect(started.at(-1)).toMatchObject({ revision: 1 })
})
