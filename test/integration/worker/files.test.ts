import { createRepository, sampleSpec, type TestRepository } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let repository: TestRepository
const place = { app: 'shop', environment: 'staging' } as const
const icon = Buffer.of(0xff, 0x00, 0x41)

beforeAll(async () => {
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
  repository = createRepository()
  await stage.startWorker()
})
afterAll(async () => {
  await stage.close()
  repository.remove()
})

const declare = async (files: object) => {
  const environments = { staging: { engine: 'docker', host: 'shop.test', files } }
  const body = { ...sampleSpec(), source: { git: repository.url }, build: {}, environments }
  expect((await stage.api.call('PUT', '/v1/apps/shop', { body })).status).toBeLessThan(300)
}
const build = async (version: string) => {
  const request = { kind: 'build', app: 'shop', version, target: 'default', push: true } as const
  expect(await stage.run(request)).toMatchObject({ state: 'succeeded' })
}
const deploy = (version: string) => stage.run({ kind: 'deploy', ...place, version })
const show = async (path = '') => (await stage.api.call('GET', `/v1/apps/shop/environments/staging${path}`)).body
const ask = async (path: string, text: string, mode = '0444') =>
  (await stage.world.request(place, `/file?${new URLSearchParams({ path, text, mode })}`)).status

test('a revision records the files of its version’s commit, and a return to it needs no repository', async () => {
  repository.commit({ Dockerfile: 'FROM scratch\n', 'deploy/app.json': '{"a":1}\n', 'deploy/icon': icon })
  await declare({
    '/etc/app/app.json': { from: 'deploy/app.json' },
    '/etc/app/icon': { from: 'deploy/icon', mode: '0555' },
    '/etc/app/motd': { text: 'hello\n' },
  })
  await build('1.0.0')
  repository.commit({ 'deploy/app.json': '{"a":2}\n' })
  expect(await deploy('1.0.0')).toMatchObject({ state: 'succeeded' })
  expect((await show('/revisions/1')).settings.files).toEqual({
    '/etc/app/app.json': { from: 'deploy/app.json', text: '{"a":1}\n', mode: '0444' },
    '/etc/app/icon': { from: 'deploy/icon', encoded: icon.toString('base64'), mode: '0555' },
    '/etc/app/motd': { text: 'hello\n', mode: '0444' },
  })
  const bare = { '/etc/app/app.json': { from: 'deploy/app.json', mode: '0444' }, '/etc/app/motd': { mode: '0444' } }
  expect((await show('/revisions')).items[0].settings.files).toMatchObject(bare)
  expect((await show()).desired.settings.files['/etc/app/motd']).toEqual({ mode: '0444' })
  await build('2.0.0')
  const dry = await stage.run({ kind: 'deploy', ...place, version: '2.0.0', dryRun: true })
  expect(JSON.stringify(dry.result)).toMatch(/file \/etc\/app\/app\.json.*\{\\\\\\"a\\\\\\":1.*\{\\\\\\"a\\\\\\":2/)
  expect(await deploy('2.0.0')).toMatchObject({ state: 'succeeded' })
  expect(await ask('/etc/app/app.json', '{"a":2}\n')).toBe(200)
  const { changes } = await (await stage.api.call('GET', '/v1/apps/shop/environments/staging/compare?from=1&to=2')).body
  expect(changes).toContainEqual({ path: 'files./etc/app/app.json.text', from: '{"a":1}\n', to: '{"a":2}\n' })
  repository.remove()
  expect(await stage.run({ kind: 'rollback', ...place, toRevision: 1 })).toMatchObject({ state: 'succeeded' })
  expect(await ask('/etc/app/app.json', '{"a":1}\n')).toBe(200)
})

test('a file that the source cannot give fails the deploy before anything is touched, and says why', async () => {
  const large = Buffer.alloc(2 ** 18 + 1, 'a')
  repository = createRepository()
  repository.commit({ Dockerfile: 'FROM scratch\n', 'deploy/large': large, 'deploy/passwd': { link: '/etc/passwd' } })
  const wrong = { 'deploy/none': 'path-missing', deploy: 'path-unreadable' }
  const worse = { 'deploy/passwd': 'path-outside-source', 'deploy/large': 'files-too-large' }
  await declare({})
  await build('3.0.0')
  const before = (await show('/revisions')).items.length
  for (const [from, code] of Object.entries({ ...wrong, ...worse })) {
    await declare({ '/etc/app/file': { from } })
    const { state, error } = await deploy('3.0.0')
    expect({ state, code: error?.code, diagnosis: error?.diagnosis }).toMatchObject({ state: 'failed', code })
    expect(error?.diagnosis).toContain(from)
  }
  expect((await show('/revisions')).items).toHaveLength(before)
})
