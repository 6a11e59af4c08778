import { FailureError } from '@stevedore/contract'
import type { ImageConfig } from '@stevedore/engine'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
/** What each reading of an image comes to. */
let answer: () => ImageConfig | undefined

beforeAll(async () => {
  stage = await openWorkerStage()
  stage.engines.images = { ...stage.engines.images, readConfig: async () => answer() }
  await declare({})
  await playBuild(stage.api)
  await stage.startWorker()
})
afterAll(() => stage.close())

const declare = async (settings: object) => {
  const environments = { staging: { engine: 'docker', port: 8081, ...settings } }
  expect(await stage.api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments } })).toMatchObject({
    status: expect.toSatisfy((status: number) => status === 200 || status === 201),
  })
}
const settingsOf = async (revision: number) =>
  (await stage.api.call('GET', `/v1/apps/shop/environments/staging/revisions/${revision}`)).body.settings
const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' } as const
const health = { command: ['healthy'], timeoutMs: undefined }
const image = (user: number): ImageConfig => ({ user, group: undefined, health })

test('a revision records what its image says, and a return to it asks nobody again', async () => {
  answer = () => image(101)
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded' })
  answer = () => image(202)
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded' })
  answer = () => {
    throw new Error('nobody asks')
  }
  const back = { kind: 'rollback', app: 'shop', environment: 'staging', toRevision: 1 } as const
  expect(await stage.run(back)).toMatchObject({ state: 'succeeded', result: { revision: 1 } })
  expect(await settingsOf(1)).toMatchObject({ fromImage: { user: 101, health: { command: ['healthy'] } } })
  expect(await settingsOf(2)).toMatchObject({ fromImage: { user: 202 } })
})

test('what may pass is tried again; what is refused for good is told and left out', async () => {
  let asked = 0
  answer = () => {
    asked += 1
    if (asked === 1) throw new FailureError('registry-unreachable')
    return image(303)
  }
  const retried = await stage.run(deploy)
  expect([retried.state, asked]).toEqual(['succeeded', 2])
  answer = () => {
    throw new FailureError('registry-denied', { diagnosis: 'HTTP 401' })
  }
  const told = await stage.run(deploy)
  expect(told.state).toBe('succeeded')
  expect((await stage.api.call('GET', `/v1/jobs/${told.id}/logs`)).text).toMatch(/USER and HEALTHCHECK.*HTTP 401/)
  expect(await settingsOf(4)).not.toHaveProperty('fromImage')
})

test('a spec that says all of it is not compared with its image', async () => {
  await declare({ user: 1000, health: { path: '/health' } })
  answer = () => {
    throw new Error('nobody asks')
  }
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded' })
  expect(await settingsOf(5)).toMatchObject({ user: 1000, health: { path: '/health' } })
})
