import { appSpec, type FollowUp, type JobView, type ResolvedBuild } from '@stevedore/contract'
import { enqueueJob, type NewJob, putApp } from '@stevedore/ledger'
import { createRepository, sampleSpec, type TestRepository } from '@stevedore/testkit'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let repository: TestRepository
let specVersion = 0
const by = { actor: 'token:ada', correlationId: 'c-1' }
const place = { app: 'shop', environment: 'staging' } as const

beforeAll(async () => {
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
  repository = createRepository()
  repository.commit({ Dockerfile: 'FROM scratch\n' })
  await stage.startWorker()
})
afterAll(async () => {
  await stage.close()
  repository.remove()
})
/** As in the README: no targets are listed. */
beforeEach(() => declare({}))

async function declare(more: object): Promise<void> {
  const spec = appSpec.parse({ ...sampleSpec(), source: { git: repository.url }, build: {}, ...more })
  specVersion = (await putApp(stage.api.ledger, { spec, by })).app.specVersion
}

const build = (version: string, target: string, push = true) =>
  stage.run({ kind: 'build', app: 'shop', version, target, push })
const deploy = (version: string) => stage.api.call('POST', '/v1/jobs', { body: { kind: 'deploy', ...place, version } })
const newest = async (kind: string): Promise<JobView> =>
  (await stage.api.call('GET', `/v1/jobs?app=shop&kind=${kind}&limit=1`)).body.items[0]
const revisions = async () => (await stage.api.call('GET', '/v1/apps/shop/environments/staging/revisions')).body.items

/** What a trigger starts: a build, whose follow-ups are a push and a deploy. Gives the deploy, ended. */
async function runPipeline(version: string, targets: string[] | null, followUp: Pick<FollowUp, 'target'> = {}) {
  const resolved: ResolvedBuild = {
    ...{ kind: 'build', targets, ref: null, version, push: false, noCache: false, upload: null },
    ...{ registry: 'registry.example.com', cacheScope: 'shop', trusted: true },
  }
  const request = { kind: 'build', app: 'shop', version } as const
  const next: FollowUp[] = [
    { kind: 'push', ...followUp },
    { kind: 'deploy', environment: 'staging', ...followUp },
  ]
  const job: NewJob = { kind: 'build', app: 'shop', environment: null, specVersion, request, resolved, next }
  await stage.end((await enqueueJob(stage.api.ledger, { job, by })).job.id)
  await stage.end((await newest('push')).id)
  return stage.end((await newest('deploy')).id)
}

test('a version that was built to another target last is deployed as production, and all that tells of it says so', async () => {
  await build('1.0.0', 'production')
  await build('1.0.0', 'base')
  const { body } = await deploy('1.0.0')
  expect(body.targets).toEqual(['production'])
  expect(await stage.end(body.id)).toMatchObject({ state: 'succeeded', result: { target: 'production' } })
  expect((await revisions())[0]).toMatchObject({ version: '1.0.0', target: 'production' })
  expect((await stage.api.call('GET', '/v1/apps/shop/environments/staging')).body.desired.target).toBe('production')
})

test('of several others none goes live unasked', async () => {
  for (const target of ['web', 'api']) await build('2.0.0', target)
  const before = (await newest('deploy')).id
  expect(await deploy('2.0.0')).toMatchObject({ status: 422, body: { type: '/problems/ambiguous-target' } })
  expect((await newest('deploy')).id).toBe(before)
  const named = await stage.run({ kind: 'deploy', ...place, version: '2.0.0', target: 'web' })
  expect(named).toMatchObject({ state: 'succeeded', result: { target: 'web' } })
})

test('a pipeline deploys the target that it built, whatever else there is of the version', async () => {
  await build('3.0.0', 'production')
  expect(await runPipeline('3.0.0', ['base'], { target: 'base' })).toMatchObject({ result: { target: 'base' } })
  // Its build named none, so that only the Dockerfile told which it is.
  const last = await runPipeline('3.0.0', null)
  expect(last).toMatchObject({ state: 'succeeded', request: { target: 'default' }, result: { target: 'default' } })
  expect((await newest('push')).targets).toEqual(['default'])
})

test('the production of a Dockerfile is what a build means that names no target, here or in the spec', async () => {
  const { images } = stage.engines
  stage.engines.images = { ...images, listStages: async () => ['base', 'production', 'tests'] }
  const job = await stage.run({ kind: 'build', app: 'shop', version: '4.0.0' })
  stage.engines.images = images
  expect(job).toMatchObject({ state: 'succeeded', result: { reports: [{ target: 'production' }] } })
})

test('without a registry an image is deployed, and returned to, by its id', async () => {
  await declare({ image: {} })
  const ids: string[] = []
  for (const version of ['5.0.0', '5.1.0']) {
    const built = await stage.run({ kind: 'build', app: 'shop', version })
    const [report] = built.result && 'reports' in built.result ? built.result.reports : []
    expect(report).toMatchObject({ registry: null, image_name: 'shop', target: 'default', pushed: false })
    ids.push(report?.digest ?? '')
    const deployed = await stage.run({ kind: 'deploy', ...place })
    expect(deployed).toMatchObject({ state: 'succeeded', result: { version, image: ids.at(-1) } })
  }
  const { body } = await stage.api.call('GET', '/v1/apps/shop/images?version=5.1.0')
  expect(body.items).toMatchObject([{ reference: 'localhost/shop:5.1.0-default', digest: null, pushedAt: null }])
  const returned = await stage.run({ kind: 'rollback', ...place })
  expect(returned).toMatchObject({ state: 'succeeded', result: { version: '5.0.0', image: ids[0], target: 'default' } })
})

test('what a fork built is not what a deploy takes, where no push tells the two apart', async () => {
  await declare({ image: {} })
  const event = { on: 'pull_request', number: 7, ref: 'main', fork: true } as const
  const request = { kind: 'build', app: 'shop', version: 'fork', trigger: event } as const
  const resolved: ResolvedBuild = {
    ...{ kind: 'build', targets: null, ref: null, version: 'fork', push: false, noCache: false, upload: null },
    ...{ registry: null, cacheScope: 'shop-untrusted', trusted: false },
  }
  const job: NewJob = { kind: 'build', app: 'shop', environment: null, specVersion, request, resolved, next: [] }
  const handed = vi.spyOn(stage.engines.images, 'build')
  const built = await stage.end((await enqueueJob(stage.api.ledger, { job, by })).job.id)
  expect(built.state).toBe('succeeded')
  // Nor does it move a tag that more than this build has.
  expect(handed.mock.lastCall?.[0].tags).toEqual(['localhost/shop:fork-default'])
  expect((await stage.api.call('POST', '/v1/jobs', { body: { kind: 'deploy', ...place } })).body.targets).toBeDefined()
  expect(await stage.end((await newest('deploy')).id)).toMatchObject({ result: { version: '5.1.0' } })
  expect(await deploy('fork')).toMatchObject({ status: 422, body: { type: '/problems/policy-violation' } })
})
