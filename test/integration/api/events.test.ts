import { appendEvents, listTokens, revokeToken } from '@stevedore/ledger'
import { openEventStream, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { by, claim, finish } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

async function startJob() {
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
  return claim(api, body.id)
}

function open(jobId: string, { after, token = api.admin }: { after?: number | string; token?: string } = {}) {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` }
  if (after !== undefined) headers['last-event-id'] = String(after)
  return openEventStream(`${api.address}/v1/jobs/${jobId}/events`, headers)
}

function progress(job: { id: string; attempt: number }, percent: number) {
  const events = [{ type: 'step.progress' as const, data: { percent } }]
  return appendEvents(api.ledger, { jobId: job.id, attempt: job.attempt, events })
}

test('replays what was, follows what comes, and ends after the final event', async () => {
  const job = await startJob()
  const stream = await open(job.id)
  expect((await stream.next())?.event).toBe('job.queued')
  expect((await stream.next())?.event).toBe('job.started')
  await progress(job, 40)
  expect(await stream.next()).toMatchObject({
    id: '3',
    event: 'step.progress',
    data: { seq: 3, data: { percent: 40 } },
  })
  await finish(api, job)
  expect((await stream.rest()).map(({ event }) => event)).toEqual(['job.succeeded'])
})

test('without following it ends after the last event that is there, and says that there is no more', async () => {
  const job = await startJob()
  const now = async (after?: string, token = api.admin) => {
    const headers = { authorization: `Bearer ${token}`, ...(after === undefined ? {} : { 'last-event-id': after }) }
    const stream = await openEventStream(`${api.address}/v1/jobs/${job.id}/events?follow=0`, headers)
    const found = stream.status === 200 ? await stream.rest() : []
    return { status: stream.status, events: found.map(({ event }) => event) }
  }
  expect(await now()).toEqual({ status: 200, events: ['job.queued', 'job.started'] })
  expect(await now('1')).toEqual({ status: 200, events: ['job.started'] })
  expect(await now('2')).toEqual({ status: 204, events: [] })
  await progress(job, 40)
  expect(await now('2')).toEqual({ status: 200, events: ['step.progress'] })
  await finish(api, job)
  expect((await now()).events.at(-1)).toBe('job.succeeded')
  expect(await now('4')).toEqual({ status: 204, events: [] })
  expect(await now('0', await api.createToken('viewer', { app: 'other' }))).toMatchObject({ status: 404 })
  const refused = (query: string) => api.call('GET', `/v1/jobs/${job.id}/events${query}`)
  for (const query of ['?follow=no', '?follow=', '?follow=0&follow=1'])
    expect(await refused(query), query).toMatchObject({ status: 422 })
})

test('a client that is cut off again and again gets each event once, in order, while they are written', async () => {
  const job = await startJob()
  const total = 120
  const writing = (async () => {
    for (let count = 0; count < total; count++) await progress(job, count % 100)
    await finish(api, job)
  })()
  const seen: number[] = []
  for (let ended = false; !ended; ) {
    const stream = await open(job.id, seen.length > 0 ? { after: seen.at(-1) ?? 0 } : {})
    for (let taken = 0; taken < 17 && !ended; taken++) {
      const event = await stream.next()
      if (event) seen.push(Number(event.id))
      ended = event === undefined || event.event === 'job.succeeded'
    }
    stream.close()
  }
  await writing
  expect(seen).toEqual(Array.from({ length: total + 3 }, (_, index) => index + 1))
})

test('two that watch the same job see the same', async () => {
  const job = await startJob()
  const streams = await Promise.all([open(job.id), open(job.id)])
  await progress(job, 10)
  await finish(api, job)
  const [one, other] = await Promise.all(streams.map((stream) => stream.rest()))
  expect(one).toHaveLength(4)
  expect(other).toEqual(one)
})

test('after the final event there is nothing more to come back for: 204', async () => {
  const job = await startJob()
  await finish(api, job)
  expect((await open(job.id, { after: 3 })).status).toBe(204)
  expect((await (await open(job.id, { after: 2 })).rest()).map(({ event }) => event)).toEqual(['job.succeeded'])
})

test('an id that is none is refused', async () => {
  const job = await startJob()
  expect((await open(job.id, { after: 'x' })).status).toBe(422)
})

test.each(['revoked', 'expired'])('row 25: a stream whose token is %s ends within five seconds', async (way) => {
  const job = await startJob()
  const token = await api.createToken('viewer', way === 'expired' ? { expiresInMs: 2_000 } : {})
  const stream = await open(job.id, { token })
  expect((await stream.next())?.event).toBe('job.queued')
  const newest = (await listTokens(api.ledger)).at(-1)
  if (way === 'revoked') await revokeToken(api.ledger, { id: newest?.id ?? '', by })
  const started = performance.now()
  await stream.rest()
  expect(performance.now() - started).toBeLessThan(way === 'expired' ? 7_000 : 5_000)
  expect((await open(job.id, { token })).status).toBe(401)
})

test('a server that stops ends its streams, so that it can stop', async () => {
  const other = await startTestApi()
  await other.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
  const { body } = await other.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
  const stream = await openEventStream(`${other.address}/v1/jobs/${body.id}/events`, {
    authorization: `Bearer ${other.admin}`,
  })
  await stream.next()
  const started = performance.now()
  await Promise.all([other.close(), stream.rest()])
  expect(performance.now() - started).toBeLessThan(5_000)
})
