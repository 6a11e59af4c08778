import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listenLocally, sampleSpec, stopServer } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playBuild } from '../api/play-worker.ts'
import { openWorkerStage, type WorkerStage } from './stage.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

let stage: WorkerStage
let port = 0
let answer: Answer
const asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  answer(request, response)
})

beforeAll(async () => {
  port = await listenLocally(server)
  stage = await openWorkerStage()
  await declare(`http://127.0.0.1:${port}`)
  await playBuild(stage.api)
  await stage.startWorker()
})
afterAll(async () => {
  await stage.close()
  await stopServer(server)
})

async function declare(prometheus: string) {
  const analysis = { prometheus, query: 'up{app="{{app}}"}', success: 'result > 0', interval: '1s', failures: 1 }
  const strategy = { type: 'canary', steps: [{ setWeight: 50 }, { pause: '1s' }, { setWeight: 100 }], analysis }
  const staging = { engine: 'docker', port: 8_081, replicas: 2, strategy }
  const body = { ...sampleSpec(), environments: { staging } }
  expect(await stage.api.call('PUT', '/v1/apps/shop', { body })).toMatchObject({ body: { app: 'shop' } })
}

async function deploy() {
  asked.length = 0
  const job = await stage.run({ kind: 'deploy', app: 'shop', environment: 'staging', version: '1.0.0' })
  return { job, log: (await stage.api.call('GET', `/v1/jobs/${job.id}/logs`)).text }
}

const vector = JSON.stringify({ data: { resultType: 'vector', result: [{ value: [0, '1'] }] } })
const say =
  (body: string, type = 'application/json', status = 200): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': type }).end(body)

test('a first revision has nothing to be compared with', async () => {
  answer = say(vector)
  expect((await deploy()).job).toMatchObject({ state: 'succeeded' })
})

test('a value that holds promotes, from the one path that Prometheus answers queries at', async () => {
  answer = say(vector)
  expect((await deploy()).job).toMatchObject({ state: 'succeeded' })
  expect(asked.length).toBeGreaterThan(0)
  expect(asked.every((path) => path.startsWith('/api/v1/query?query=up'))).toBe(true)
})

describe('row 99: never promotes, and tells nothing of what was answered,', () => {
  test.each<[string, Answer]>([
    ['a refusal', say('the secret of an appliance', 'text/plain', 403)],
    ['another sort of document', say('"the secret of an appliance"', 'text/html')],
    ['no JSON', say('the secret of an appliance')],
    ['null', say('null')],
    ['a redirect', (_request, response) => response.writeHead(307, { location: '/secret' }).end()],
    [
      'an endless answer',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
        }
        response.on('drain', more)
        more()
      },
    ],
  ])('%s', async (_what, given) => {
    answer = given
    const { job, log } = await deploy()
    expect(job).toMatchObject({ state: 'failed', error: { code: 'analysis-inconclusive' } })
    expect(JSON.stringify(job) + log).not.toContain('secret of')
    expect(asked.filter((path) => path.startsWith('/secret'))).toEqual([])
  })
})

test('on a private network that nobody vouches for is not asked', async () => {
  answer = say(vector)
  await stage.api.ledger.pool.query('delete from vouched_hosts')
  const { job, log } = await deploy()
  expect(job).toMatchObject({ state: 'failed', error: { code: 'analysis-inconclusive' } })
  expect(log).toContain('127.0.0.1 is on a private network')
  expect(asked).toEqual([])
})
