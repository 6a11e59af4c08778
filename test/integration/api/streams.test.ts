import { appendLog } from '@stevedore/ledger'
import { openEventStream, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { claim, finish } from './play-worker.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi({ config: { maxStreamsPerToken: 4, maxStreams: 6 } })
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

async function startJob() {
  const { body } = await api.call('POST', '/v1/jobs', { body: { kind: 'build', app: 'shop' } })
  return claim(api, body.id)
}

const open = (path: string, token: string) =>
  openEventStream(`${api.address}${path}`, { authorization: `Bearer ${token}` })

/** Waits until the server has seen that a client is gone. */
async function openWhenFree(path: string, token: string) {
  for (;;) {
    const stream = await open(path, token)
    if (stream.status === 200) return stream
  }
}

async function expectRefused(path: string, token: string, which: string) {
  const answer = await api.call('GET', path, { token, headers: { accept: 'text/event-stream' } })
  const body = { type: '/problems/too-many-streams', detail: expect.stringContaining(which) }
  expect(answer, path).toMatchObject({ status: 429, body })
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
}

test('so many streams of any sort are followed with one token, and so many at one server, each to its end', async () => {
  const job = await startJob()
  await appendLog(api.ledger, { jobId: job.id, attempt: job.attempt, text: 'building\n' })
  const [events, logs] = [`/v1/jobs/${job.id}/events`, `/v1/jobs/${job.id}/logs?follow=1`]
  const all = [events, logs, '/v1/apps/shop/environments/staging/logs?follow=1']
  const [mine, theirs] = [await api.createToken('viewer', { app: 'shop' }), await api.createToken('viewer')]

  const following = [await open(events, mine), await open(events, mine), await open(logs, mine), await open(logs, mine)]
  for (const path of all) await expectRefused(path, mine, '4 of one token')
  expect((await api.call('GET', `/v1/jobs/${job.id}`, { token: mine })).status).toBe(200)
  const others = [await open(events, theirs), await open(logs, theirs)]
  for (const path of all) await expectRefused(path, theirs, '6 that this server')

  following.shift()?.close()
  following.push(await openWhenFree(events, mine))
  await finish(api, job)
  const read = await Promise.all([...following, ...others].map((stream) => stream.rest()))
  expect(read.filter((given) => given.at(-1)?.event === 'job.succeeded')).toHaveLength(3)
  expect(read.filter((given) => given.at(-1)?.data.text === 'building\n')).toHaveLength(3)
  await openWhenFree(events, mine)
})

test('a reader who leaves is no failure of the server', async () => {
  const job = await startJob()
  const stream = await openWhenFree(`/v1/jobs/${job.id}/events`, api.admin)
  await stream.next()
  stream.close()
  await openWhenFree(`/v1/jobs/${job.id}/events`, await api.createToken('viewer'))
  expect(api.readLogs()).not.toMatch(/"log.level":"(warn|error)"/)
})
