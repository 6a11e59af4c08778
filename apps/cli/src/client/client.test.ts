import { expect, test } from 'vitest'
import { exitStatus } from '../exit.ts'
import { answerJson, answerProblem, startStubApi } from '../testing/stub-api.ts'
import { apiPath, createClient } from './client.ts'

test('names in a path are encoded', () => {
  expect(apiPath`/v1/apps/${'../tokens'}/images`).toBe('/v1/apps/..%2Ftokens/images')
})

test('the token goes in the header and a query leaves out what is undefined', async () => {
  await using api = await startStubApi({
    'GET /v1/jobs': (request, reply) => answerJson(reply, [request.url, request.headers.authorization]),
  })
  const client = createClient({ url: api.url, token: 'stv_x' })
  expect(await client.get('/v1/jobs', { query: { app: 'a b', kind: undefined } })).toEqual([
    '/v1/jobs?app=a+b',
    'Bearer stv_x',
  ])
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
  await using api = await startStubApi({ 'GET /x': (_request, reply) => answerProblem(reply, status, 'x') })
  const client = createClient({ url: api.url, token: undefined, patienceMs: 0 })
  await expect(client.get('/x')).rejects.toMatchObject({
    status: expected,
    message: expect.stringContaining('the x detail'),
  })
})

test('every fault is named with its path', async () => {
  const faults = [
    { path: ['environments', 'staging', 'replicas'], code: 'too-small', message: 'must be at least 1' },
    { path: [], code: 'custom', message: 'give version or image' },
  ]
  await using api = await startStubApi({
    'PUT /x': (_request, reply) => answerProblem(reply, 422, 'validation-failed', { faults }),
  })
  await expect(createClient({ url: api.url, token: undefined }).put('/x', { body: {} })).rejects.toThrow(
    '  environments.staging.replicas: must be at least 1\n  give version or image',
  )
})

test('a server that is away for a moment is waited for', async () => {
  let tries = 0
  await using api = await startStubApi({
    'GET /x': (_request, reply) => (++tries < 3 ? answerProblem(reply, 503, 'unavailable') : answerJson(reply, 'here')),
  })
  expect(await createClient({ url: api.url, token: undefined, patienceMs: 10_000 }).get('/x')).toBe('here')
  expect(tries).toBe(3)
})

test('a server that is not there is unreachable, and the remedy says how to start one', async () => {
  const api = await startStubApi({})
  await api[Symbol.asyncDispose]()
  await expect(createClient({ url: api.url, token: undefined, patienceMs: 0 }).get('/x')).rejects.toMatchObject({
    status: exitStatus.unreachable,
    message: expect.stringContaining('ECONNREFUSED'),
    remedy: expect.stringContaining('stevedore up'),
  })
})
