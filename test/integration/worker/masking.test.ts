import type { DeployEngine, WorkContext } from '@stevedore/engine'
import { getEnvironment, listEvents } from '@stevedore/ledger'
import { sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

let stage: WorkerStage
let docker: DeployEngine
const staging = { engine: 'docker', port: 8081, replicas: 1, secrets: ['DATABASE_URL', 'CA'] }
const deploy = { kind: 'deploy', app: 'shop', environment: 'staging' } as const
const first = 'first/päss&word "1"'
const second = 'second value of it'
const bundle = Array.from({ length: 900 }, (_, line) =>
  Buffer.from(`certificate line ${line} ${'x'.repeat(30)}`).toString('base64'),
).join('\n')

beforeAll(async () => {
  stage = await openWorkerStage()
  docker = stage.engines.deploy.docker
  await stage.api.call('PUT', '/v1/apps/shop', { body: { ...sampleSpec(), environments: { staging } } })
  await playBuild(stage.api)
  await store('DATABASE_URL', first)
  await store('CA', bundle)
  await stage.startWorker()
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded' })
})
afterAll(() => stage.close())
beforeEach(() => {
  stage.engines.deploy.docker = docker
})

async function store(name: string, value: string) {
  expect(await stage.api.call('PUT', `/v1/secrets/${name}?app=shop`, { body: { value } })).toMatchObject({
    status: 200,
  })
}

/** What a reader of the app's output is given when it prints these lines. */
async function readLogs(...lines: string[]): Promise<string[]> {
  stage.engines.deploy.docker = {
    ...docker,
    async *logs() {
      yield* lines
    },
  }
  const { text } = await stage.api.call('GET', '/v1/apps/shop/environments/staging/logs')
  return text.split('\n').slice(0, -1)
}

/** In each spelling that is promised. */
const spell = (value: string) => [
  value,
  Buffer.from(value).toString('base64').replaceAll('=', ''),
  Buffer.from(value).toString('base64url'),
  Buffer.from(value).toString('hex'),
  Buffer.from(value).toString('hex').toUpperCase(),
  encodeURIComponent(value),
  JSON.stringify(value).slice(1, -1),
]

test('row 71: what an app prints of its secrets is masked, in every spelling', async () => {
  const spelled = spell(first)
  expect(await readLogs(...spelled.map((text) => `web | <${text}>`))).toEqual(spelled.map(() => 'web | <***>'))
  const lines = bundle.split('\n').slice(0, 20)
  expect(await readLogs(...lines)).toEqual(lines.map(() => '***'))
})

test('of two values both are masked while a revision may run with either', async () => {
  await store('DATABASE_URL', second)
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded' })
  expect(await readLogs(`${first}, ${second}, and what is no secret`)).toEqual(['***, ***, and what is no secret'])
})

/** Another engine on which the next deploy's first action ends so. */
function failWith(error: (context: WorkContext) => Error): void {
  stage.engines.deploy.docker = {
    ...docker,
    async prepare(_release, context) {
      throw error(context)
    },
  }
}

test('row 71: what an engine says of a secret stays out of the job, its log and the log of the service', async () => {
  failWith((context) => {
    context.log(`saying ${second}`)
    return new Error(`cannot use ${spell(second).join(' ')} nor\n${bundle}`)
  })
  const job = await stage.run(deploy)
  expect(job).toMatchObject({ state: 'failed', error: { code: 'internal' } })
  const { text } = await stage.api.call('GET', `/v1/jobs/${job.id}/logs`)
  expect(text).toContain('saying ***')
  const shown = [JSON.stringify(job), text, stage.readLogs()].join('\n')
  expect(stage.readLogs()).toContain('cannot use ***')
  for (const spelling of [...spell(second), ...bundle.split('\n')]) expect(shown).not.toContain(spelling)
})

test('a certificate bundle as a secret costs no worker', async () => {
  expect(await stage.run(deploy)).toMatchObject({ state: 'succeeded' })
})

test('why a replica is not well is told without its secrets', async () => {
  stage.engines.deploy.docker = {
    ...docker,
    async observe(place, signal) {
      const seen = await docker.observe(place, signal)
      const reason = `exit code 1: cannot reach ${second}, nor ${first}`
      return { ...seen, replicas: seen.replicas.map((replica) => ({ ...replica, healthy: false, reason })) }
    },
  }
  const { id } = await stage.run(deploy)
  const observed = (await getEnvironment(stage.api.ledger, 'shop', 'staging'))?.observed
  expect(observed?.replicas.map(({ reason }) => reason)).toContain('exit code 1: cannot reach ***, nor ***')
  // An earlier revision may still run with the value that this job was not given.
  const events = await listEvents(stage.api.ledger, { jobId: id, after: 0, limit: 1_000 })
  const told = JSON.stringify([observed, events])
  expect(told).toContain('cannot reach ***, nor ***')
  for (const value of [first, second]) expect(told).not.toContain(JSON.stringify(value).slice(1, -1))
})
