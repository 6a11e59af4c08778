import { expect, test } from 'vitest'
import { createClient } from '../client/client.ts'
import { answerJson, answerProblem, type Handle, startStubApi } from '../testing/stub-api.ts'
import { checkServer } from './check-server.ts'

const ready: Handle = (_request, reply) => answerJson(reply, { status: 'ready' })
const apps: Handle = (_request, reply) => answerJson(reply, { items: [], next: null })

async function check(routes: Record<string, Handle>) {
  await using api = await startStubApi(routes)
  const checks = await checkServer(createClient({ url: api.url, token: undefined, patienceMs: 0 }))
  return checks.map(({ name, state }) => `${name} ${state}`)
}

test('a server that is ready is asked about the token', async () => {
  expect(await check({ 'GET /ready': ready, 'GET /v1/apps': apps })).toEqual(['server good', 'token good'])
  const refuse: Handle = (_request, reply) => answerProblem(reply, 401, 'unauthenticated')
  expect(await check({ 'GET /ready': ready, 'GET /v1/apps': refuse })).toEqual(['server good', 'token bad'])
})

test('one that is away is not: the token would be found bad for no fault of its own', async () => {
  const away: Handle = (_request, reply) => answerProblem(reply, 503, 'unavailable')
  expect(await check({ 'GET /ready': away, 'GET /v1/apps': away })).toEqual(['server bad'])
})

test('what the server says in its refusal is not read for what it is', async () => {
  const fail: Handle = (_request, reply) =>
    answerProblem(reply, 500, 'internal', { detail: "the registry can't be reached" })
  expect(await check({ 'GET /ready': fail, 'GET /v1/apps': apps })).toEqual(['server bad', 'token good'])
})
