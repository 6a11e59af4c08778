import { expect, test } from 'vitest'
import { CliError, exitStatus } from '../exit.ts'
import { collect } from '../testing/collect.ts'
import { answerJson, answerProblem, startStubApi } from '../testing/stub-api.ts'
import { createClient } from './client.ts'

const spec = { app: 'shop', image: { registry: 'ghcr.io', name: 'acme/shop' } }

test('the token goes in the header and a query leaves out what is undefined', async () => {
  await using api = await startStubApi({
    'GET /v1/jobs': (request, reply) => answerJson(reply, [request.url, request.headers.authorization]),
  })
  const client = createClient({ url: api.url, token: 'stv_x' })
  expect(await client.call('listJobs', { query: { app: 'a b', kind: undefined } })).toEqual([
    '/v1/jobs?app=a+b',
    'Bearer stv_x',
  ])
})

test('an operation takes and gives what the table says', async () => {
  await using api = await startStubApi({
    'POST /v1/jobs': (request, reply, body) => answerJson(reply, { state: request.headers['idempotency-key'], body }),
    'DELETE /v1/tokens/t-1': (_request, reply) => void reply.writeHead(204).end(),
    'GET /v1/jobs/j-1/events': (_request, reply) => void reply.writeHead(204).end(),
  })
  const client = createClient({ url: api.url, token: undefined })
  const body = { kind: 'build', app: 'shop' } as const
  const job = await client.call('createJob', { body, headers: { 'Idempotency-Key': 'k-1' } })
  expect(job.state).toBe('k-1')
  expect(await client.call('revokeToken', { params: { id: 't-1' } })).toBeUndefined()
  const { body: stream } = await client.openStream('followJobEvents', { params: { id: 'j-1' } })
  expect(await collect(stream)).toEqual([])
  // @ts-expect-error: it is of one app
  await expect(client.call('getApp', {})).rejects.toThrow()
  // @ts-expect-error: no query is called so
  await expect(client.call('listApps', { query: { colour: 'red' } })).rejects.toThrow()
  // @ts-expect-error: a stream is opened
  await expect(client.call('readJobLog', { params: { id: 'j-1' } })).rejects.toThrow()
})

test.each([
  [401, exitStatus.notAllowed],
  [403, exitStatus.notAllowed],
  [404, exitStatus.usage],
  [409, exitStatus.failed],
  [422, exitStatus.usage],
  [429, exitStatus.failed],
  [500, exitStatus.failed],
  [503, exitStatus.unreachable],
])('%i ends with status %i', async (status, expected) => {
  await using api = await startStubApi({ 'GET /v1/apps': (_request, reply) => answerProblem(reply, status, 'x') })
  const client = createClient({ url: api.url, token: undefined, patienceMs: 0 })
  await expect(client.call('listApps', {})).rejects.toMatchObject({
    status: expected,
    message: expect.stringContaining('the x detail'),
  })
})

test.each(['<h1>Go away</h1>', '"no"', '{"detail":[{"msg":"no"}]}', '{"title":"No","faults":"x"}'])(
  'a refusal that is no problem document is told by its status: %s',
  async (text) => {
    await using api = await startStubApi({
      'GET /v1/apps': (_request, reply) => void reply.writeHead(403).end(text),
    })
    const client = createClient({ url: api.url, token: undefined })
    await expect(client.call('listApps', {})).rejects.toMatchObject({
      status: exitStatus.notAllowed,
      message: 'Forbidden',
    })
  },
)

test('every fault is named with its path', async () => {
  const faults = [
    { path: ['environments', 'staging', 'replicas'], code: 'too-small', message: 'must be at least 1' },
    { path: [], code: 'custom', message: 'give version or image' },
  ]
  await using api = await startStubApi({
    'PUT /v1/apps/shop': (_request, reply) => answerProblem(reply, 422, 'validation-failed', { faults }),
  })
  const client = createClient({ url: api.url, token: undefined })
  await expect(client.call('putApp', { params: { app: 'shop' }, body: spec })).rejects.toThrow(
    '  environments.staging.replicas: must be at least 1\n  give version or image',
  )
})

test('a server that is away for a moment is waited for', async () => {
  let tries = 0
  await using api = await startStubApi({
    'GET /v1/apps': (_request, reply) =>
      ++tries < 3 ? answerProblem(reply, 503, 'unavailable') : answerJson(reply, 'here'),
  })
  const client = createClient({ url: api.url, token: undefined, patienceMs: 10_000 })
  expect(await client.call('listApps', {})).toBe('here')
  expect(tries).toBe(3)
})

test.each([
  [429, 'rate-limited'],
  [429, 'too-many-streams'],
  [503, 'unavailable'],
])('a server that answers %i %s is asked again when it says, not before', async (status, code) => {
  const askedAt: number[] = []
  await using api = await startStubApi({
    'GET /v1/apps': (_request, reply) => {
      askedAt.push(performance.now())
      reply.setHeader('retry-after', '1')
      return askedAt.length < 2 ? answerProblem(reply, status, code) : answerJson(reply, 'here')
    },
  })
  expect(await createClient({ url: api.url, token: undefined }).call('listApps', {})).toBe('here')
  const [first = 0, second = 0] = askedAt
  expect(second - first).toBeGreaterThanOrEqual(990)
})

test('a server that asks for more patience than there is is not waited for', async () => {
  let tries = 0
  await using api = await startStubApi({
    'GET /v1/apps': (_request, reply) => {
      tries += 1
      reply.setHeader('retry-after', '3600')
      return answerProblem(reply, 429, 'rate-limited')
    },
  })
  const client = createClient({ url: api.url, token: undefined })
  await expect(client.call('listApps', {})).rejects.toMatchObject({ status: exitStatus.failed })
  expect(tries).toBe(1)
})

test('a server that is not there is unreachable, and the remedy says how to start one', async () => {
  const api = await startStubApi({})
  await api[Symbol.asyncDispose]()
  const client = createClient({ url: api.url, token: undefined, patienceMs: 0 })
  await expect(client.call('listApps', {})).rejects.toMatchObject({
    status: exitStatus.unreachable,
    message: expect.stringContaining('ECONNREFUSED'),
    remedy: expect.stringContaining('stevedore up'),
  })
})

test('a stream of its own that fails is not laid to the server', async () => {
  await using api = await startStubApi({})
  const client = createClient({ url: api.url, token: undefined, patienceMs: 10_000 })
  let opened = 0
  const body = () => {
    opened++
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new CliError(exitStatus.usage, 'secret: cannot be read'))
      },
    })
  }
  await expect(client.call('uploadSource', { params: { app: 'shop' }, body })).rejects.toMatchObject({
    status: exitStatus.usage,
    message: 'secret: cannot be read',
  })
  expect(opened).toBe(1)
})
