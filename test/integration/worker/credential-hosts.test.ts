import type { ImagePush } from '@stevedore/engine'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
const pushed: ImagePush[] = []

beforeAll(async () => {
  stage = await openWorkerStage()
  const { images } = stage.engines
  stage.engines.images = {
    ...images,
    async push(push) {
      pushed.push(push)
      return { digest: `sha256:${'a'.repeat(64)}` }
    },
  }
  const staging = { engine: 'docker', port: 8_081, replicas: 1 }
  const image = { registry: 'registry.example.com', name: 'acme/shop', credential: 'LOGIN' }
  const body = { ...sampleSpec(), image, environments: { staging } }
  expect(await stage.api.call('PUT', '/v1/apps/shop', { body })).toMatchObject({ status: 201 })
  await store()
  await playBuild(stage.api)
})
afterAll(() => stage.close())

const store = (hosts?: string[]) =>
  stage.api.call('PUT', '/v1/secrets/LOGIN?app=shop', { body: { value: 'robot:hunter2222', ...(hosts && { hosts }) } })

const push = { kind: 'push', app: 'shop', version: '1.0.0' } as const

test('what was admitted before a credential was stored for another host is not sent to the first', async () => {
  const id = await stage.request(push)
  await store(['new.example.com'])
  await stage.startWorker()
  expect(await stage.end(id)).toMatchObject({
    state: 'failed',
    error: { code: 'credential-rebind', diagnosis: expect.stringContaining('registry.example.com') },
  })
  expect(pushed).toEqual([])
})

test('and goes to the one that it is stored for', async () => {
  await store(['registry.example.com'])
  expect(await stage.run(push)).toMatchObject({ state: 'succeeded' })
  expect(pushed).toMatchObject([{ credential: { username: 'robot', password: 'hunter2222' } }])
})
