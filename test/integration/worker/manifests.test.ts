import { createRepository, sampleSpec, type TestRepository } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let repository: TestRepository
const place = { app: 'shop', environment: 'staging' } as const

beforeAll(async () => {
  stage = await openWorkerStage({ ALLOW_FILE_SOURCES: 'true' })
  repository = createRepository()
  repository.commit({ Dockerfile: 'FROM scratch\n', 'k8s/app.yaml': 'kind: Deployment\n' })
  await stage.startWorker()
})
afterAll(async () => {
  await stage.close()
  repository.remove()
})

async function declare(settings: object): Promise<void> {
  const environments = { staging: { engine: 'kubernetes', namespace: 'apps', ...settings } }
  const body = { ...sampleSpec(), source: { git: repository.url }, build: {}, environments }
  const { status, text } = await stage.api.call('PUT', '/v1/apps/shop', { body })
  expect(status, text).toBeLessThan(300)
}

/** The names of the steps of a deploy. */
async function deploy(): Promise<string[]> {
  const { id, state } = await stage.run({ kind: 'deploy', ...place, version: '1.0.0' })
  expect(state).toBe('succeeded')
  const { body } = await stage.api.call('GET', `/v1/jobs/${id}`)
  return body.steps.map(({ name }: { name: string }) => name)
}

const readLog = (process: string) => stage.api.call('GET', `/v1/apps/shop/environments/staging/logs?process=${process}`)

test('what manifests bring beside what serves has a step of its own, until a revision without them has ended it', async () => {
  await declare({ manifests: 'k8s' })
  expect(
    await stage.run({ kind: 'build', app: 'shop', version: '1.0.0', target: 'default', push: true }),
  ).toMatchObject({ state: 'succeeded' })
  expect((await deploy()).filter((name) => name.includes('processes'))).toHaveLength(1)
  expect((await readLog('shop-worker-of-a-name-of-more-than-forty-signs')).status).toBe(200)
  await declare({})
  expect((await deploy()).filter((name) => name.includes('processes'))).toHaveLength(1)
  expect((await readLog('shop-worker')).status).toBe(404)
  expect((await deploy()).filter((name) => name.includes('processes'))).toEqual([])
})

const own = 'shop-worker-of-a-name-of-more-than-forty-signs'
const listSteps = async (id: string): Promise<string[]> =>
  (await stage.api.call('GET', `/v1/jobs/${id}`)).body.steps.map(({ name }: { name: string }) => name)
const readDesired = async () => (await stage.api.call('GET', '/v1/apps/shop/environments/staging')).body.desired

test('what runs is scaled and restarted by what the engine remembers: the source is not asked again', async () => {
  await declare({ manifests: 'k8s', replicas: 2 })
  expect(await deploy()).toContain('checkout')
  const { number } = await readDesired()
  const scaled = await stage.run({ kind: 'deploy', ...place, scale: { web: 3, [own]: 4 } })
  expect(scaled).toMatchObject({ state: 'succeeded', result: { revision: number } })
  expect((await listSteps(scaled.id)).filter((name) => name.includes('processes'))).toHaveLength(1)
  expect(await readDesired()).toMatchObject({ number, scale: { web: 3, [own]: 4 }, settings: { replicas: 3 } })

  const restarted = await stage.run({ kind: 'deploy', ...place, restart: true })
  expect(restarted).toMatchObject({ state: 'succeeded', result: { revision: number + 1 } })
  expect([...(await listSteps(scaled.id)), ...(await listSteps(restarted.id))]).not.toContain('checkout')
  expect(await readDesired()).toMatchObject({ number: number + 1, scale: { web: 3, [own]: 4 } })
  const dry = await stage.run({ kind: 'deploy', ...place, version: '1.0.0', dryRun: true })
  expect(JSON.stringify(dry.result)).toContain(`${own}=4 no longer, but as the manifests say`)
  await deploy()
  expect((await readDesired()).scale).toBeNull()
})

test('what the engine knows to stand in the way is told before anything is touched', async () => {
  await declare({ manifests: 'k8s', replicas: 2 })
  await deploy()
  const { kubernetes } = stage.engines.deploy
  const judged: unknown[] = []
  kubernetes.judgeCounts = async ({ app, scale }, counts) => {
    judged.push([app, scale, counts])
    return ['what runs has no Deployment wroker', 'shop-report is a CronJob']
  }
  const job = await stage.run({ kind: 'deploy', ...place, scale: { web: 3, wroker: 4 } })
  kubernetes.judgeCounts = undefined
  expect(job).toMatchObject({
    state: 'failed',
    error: { code: 'policy-violation', diagnosis: 'what runs has no Deployment wroker\nshop-report is a CronJob' },
  })
  expect(judged).toEqual([['shop', null, { web: 3, wroker: 4 }]])
  expect((await listSteps(job.id)).filter((name) => /scale|processes/.test(name))).toEqual([])
  expect((await readDesired()).scale).toBeNull()
})

test('Argo Rollouts keeps no memory of manifests: what it has is deployed anew', async () => {
  const strategy = { type: 'canary', controller: 'argo', steps: [{ setWeight: 50 }] }
  await declare({ manifests: 'k8s', strategy })
  await deploy()
  for (const more of [{ restart: true }, { scale: { [own]: 2 } }] as const) {
    const { status, body } = await stage.api.call('POST', '/v1/jobs', { body: { kind: 'deploy', ...place, ...more } })
    expect(status).toBe(422)
    expect(body).toMatchObject({
      detail: expect.stringMatching(/^Argo Rollouts has what its manifests made, .*stevedore deploy shop staging/),
    })
  }
})
