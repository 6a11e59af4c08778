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
/** Deploys; gives the settings that the revision was recorded with. */
const deployed = async () => {
  const { state, result, id } = await stage.run(deploy)
  expect(state).toBe('succeeded')
  const number = result && 'revision' in result ? result.revision : 0
  return { id, number, settings: await settingsOf(number) }
}
const health = { command: ['healthy'], timeoutMs: undefined }
const image = (user: number): ImageConfig => ({ user, group: undefined, health, ports: [] })

test('a revision records what its image says, and a return to it asks nobody again', async () => {
  answer = () => image(101)
  const first = await deployed()
  answer = () => image(202)
  expect((await deployed()).settings).toMatchObject({ fromImage: { user: 202 } })
  answer = refuse
  const back = { kind: 'rollback', app: 'shop', environment: 'staging', toRevision: first.number } as const
  expect(await stage.run(back)).toMatchObject({ state: 'succeeded', result: { revision: first.number } })
  expect(await settingsOf(first.number)).toMatchObject({ fromImage: { user: 101, health: { command: ['healthy'] } } })
})

test('what may pass is tried again; what is refused for good is told and left out', async () => {
  const answers = [() => raise('registry-unreachable'), () => image(303)]
  answer = () => (answers.length > 1 ? answers.shift() : answers[0])?.()
  expect((await deployed()).settings).toMatchObject({ fromImage: { user: 303 } })
  answer = () => raise('registry-denied')
  const { id, settings } = await deployed()
  expect(settings).not.toHaveProperty('fromImage')
  expect((await stage.api.call('GET', `/v1/jobs/${id}/logs`)).text).toMatch(/USER and HEALTHCHECK.*said so/)
})

test('a spec that says all of it is not compared with its image', async () => {
  await declare({ user: 1000, health: { path: '/health' } })
  answer = refuse
  expect((await deployed()).settings).toMatchObject({ user: 1000, health: { path: '/health' } })
})

function raise(code: 'registry-unreachable' | 'registry-denied'): never {
  throw new FailureError(code, { diagnosis: 'said so' })
}

function refuse(): never {
  throw new Error('nobody asks')
}
