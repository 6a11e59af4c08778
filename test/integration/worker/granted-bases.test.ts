import { appSpec } from '@stevedore/contract'
import { putApp } from '@stevedore/ledger'
import { createRepository, sampleSpec, type TestRepository } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let repository: TestRepository
/** What the engine was told not to build from, of each build. */
const told: string[][] = []
const by = { actor: 'token:ada', correlationId: 'c-1' }

beforeAll(async () => {
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
  repository = createRepository()
  repository.commit({ Dockerfile: 'FROM scratch\n' })
  const { images } = stage.engines
  const build = images.build.bind(images)
  images.build = (given, context) => {
    told.push(given.reach.foreign.toSorted())
    return build(given, context)
  }
  for (const app of ['shop', 'base', 'other']) {
    const spec = appSpec.parse({ ...sampleSpec(app), source: { git: repository.url }, build: {} })
    await putApp(stage.api.ledger, { spec, by })
  }
  await stage.startWorker()
})
afterAll(async () => {
  await stage.close()
  repository.remove()
})

const [base, other] = ['registry.example.com/acme/base', 'registry.example.com/acme/other']
let versions = 0

async function build(): Promise<string[] | undefined> {
  const job = await stage.run({ kind: 'build', app: 'shop', version: `1.0.${versions++}`, target: 'production' })
  expect(job.state).toBe('succeeded')
  return told.at(-1)
}

test('a name that was declared and never built under keeps nobody from it', async () => {
  expect(await build()).toEqual([])
  for (const app of ['base', 'other'])
    expect(await stage.run({ kind: 'build', app, version: '1.0.0', target: 'production' })).toMatchObject({
      state: 'succeeded',
    })
  expect(await build()).toEqual([base, other])
})

test('row 70: a build may not begin from what other apps have, but for what it, or every app, was given to read', async () => {
  const grant = (app: string, access: string, name = base) =>
    stage.api.call('PUT', '/v1/grants', { body: { kind: 'repository', name, app, access } })
  const revoke = (app: string) =>
    stage.api.call('DELETE', `/v1/grants?${new URLSearchParams({ kind: 'repository', name: base, app })}`)
  expect(await build()).toEqual([base, other])
  await grant('shop', 'read')
  expect(await build()).toEqual([other])
  await revoke('shop')
  expect(await build()).toEqual([base, other])
  await grant('other', 'read')
  expect(await build()).toEqual([base, other])
  await grant('*', 'read')
  expect(await build()).toEqual([other])
  await revoke('*')
  await grant('shop', 'own')
  expect(await build()).toEqual([other])
})
