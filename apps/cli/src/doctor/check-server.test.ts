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

test('a kind that no live worker takes is named, and what does not answer one that lives', async () => {
  const at = new Date().toISOString()
  const worker = {
    id: 'one',
    version: null,
    concurrency: null,
    running: 0,
    sites: ['docker'],
    live: true,
    startedAt: at,
    seenAt: at,
  }
  const away = [{ site: 'docker', since: at, reason: 'connection refused' }]
  const checkWith = async (...items: object[]) => {
    await using api = await startStubApi({
      'GET /ready': ready,
      'GET /v1/apps': apps,
      'GET /v1/workers': (_request, reply) => answerJson(reply, { items, next: null }),
    })
    const checks = await checkServer(createClient({ url: api.url, token: undefined, patienceMs: 0 }))
    return checks.filter(({ name }) => name === 'workers').map(({ state, found }) => `${state}: ${found}`)
  }
  const all = ['build', 'push', 'deploy', 'rollback', 'run']
  expect(await checkWith({ ...worker, kinds: all, away: [] })).toEqual(['good: one lives and takes all kinds'])
  expect(await checkWith({ ...worker, kinds: all, away: [], live: false })).toEqual([
    'missing: no live one takes build, push, deploy, rollback, run: such jobs wait',
  ])
  expect(await checkWith({ ...worker, kinds: ['build', 'push'], away })).toEqual([
    'missing: no live one takes deploy, rollback, run: such jobs wait',
    'missing: one gets no answer from docker: connection refused',
  ])
})

test('a ledger of which there is no backup, or none of the last two days, is named', async () => {
  const checkAs = async (server: boolean, ...items: object[]) => {
    await using api = await startStubApi({
      'GET /ready': ready,
      'GET /v1/apps': apps,
      'GET /v1/me': (_request, reply) => answerJson(reply, { server }),
      'GET /v1/audit': (_request, reply) => answerJson(reply, { items, next: null }),
    })
    const checks = await checkServer(createClient({ url: api.url, token: undefined, patienceMs: 0 }))
    return checks.filter(({ name }) => name === 'backup').map(({ state, found }) => `${state}: ${found}`)
  }
  const checkWith = (...items: object[]) => checkAs(true, ...items)
  const madeAt = (daysAgo: number) => ({
    ...{ seq: 7, at: new Date(Date.now() - daysAgo * 86_400_000).toISOString(), actor: 'system' },
    ...{ action: 'backup.made', app: null, environment: null, jobId: null, prevHash: '', hash: '' },
    detail: { seq: 6, rows: 1, bytes: 1 },
  })
  expect(await checkWith()).toEqual(['missing: there is none of the ledger'])
  // A token of one app is told of none, whether there is one or not.
  expect(await checkAs(false)).toEqual([])
  const [old, fresh] = [madeAt(3), madeAt(1)]
  expect(await checkWith(old)).toEqual([`missing: the newest is of ${old.at}`])
  expect(await checkWith(fresh)).toEqual([`good: the newest is of ${fresh.at}`])
})

test('a certificate that is about to expire, or that a proxy refuses, is named', async () => {
  const of = (name: string, days: number, refusal: string | null = null) => {
    const expiresAt = new Date(Date.now() + days * 86_400_000).toISOString()
    const [startsAt, putAt] = [expiresAt, expiresAt]
    return {
      name,
      dnsNames: [`${name}.test`],
      startsAt,
      expiresAt,
      putAt,
      putBy: 'token:ada',
      fingerprint: 'AB',
      refusal,
    }
  }
  const items = [of('far', 90), of('near', 20), of('over', -1), of('odd', 90, 'no start line')]
  await using api = await startStubApi({
    'GET /ready': ready,
    'GET /v1/apps': apps,
    'GET /v1/certificates': (_request, reply) => answerJson(reply, { items, next: null }),
  })
  const checks = await checkServer(createClient({ url: api.url, token: undefined, patienceMs: 0 }))
  const found = checks.filter(({ name }) => name === 'certificate').map((one) => one.found)
  expect(found).toEqual([
    expect.stringMatching(/^near expires .* SOON, in 1?\d+ d/),
    expect.stringMatching(/^over expires .* EXPIRED$/),
    'odd is not served: no start line',
  ])
})
