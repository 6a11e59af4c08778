import { appendLog } from '@stevedore/ledger'
import { openEventStream, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'
import { claim, finish } from './play-worker.ts'

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

const write = (job: { id: string; attempt: number }, text: string) =>
  appendLog(api.ledger, { jobId: job.id, attempt: job.attempt, text })

test('is read as text from any byte on', async () => {
  const job = await startJob()
  await write(job, 'one\n')
  await write(job, 'twö\n')
  const read = (query: string) => api.call('GET', `/v1/jobs/${job.id}/logs${query}`)
  const whole = await read('')
  expect(whole).toMatchObject({ status: 200, text: 'one\ntwö\n' })
  expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect((await read('?offset=4')).text).toBe('twö\n')
  expect((await read('?offset=9')).text).toBe('')
})

test('is followed to the end of the job, more than one piece of it', async () => {
  const job = await startJob()
  const following = api.call('GET', `/v1/jobs/${job.id}/logs?follow=1`)
  let text = ''
  for (let line = 0; line < 40; line++) {
    const piece = `${String(line).padStart(5, '0')} ${'x'.repeat(5_000)}\n`
    await write(job, piece)
    text += piece
  }
  await finish(api, job)
  expect((await following).text).toBe(text)
})

test('as Server-Sent Events each id is where to go on', async () => {
  const job = await startJob()
  await write(job, 'one\n')
  const open = (after?: string) =>
    openEventStream(`${api.address}/v1/jobs/${job.id}/logs?follow=1`, {
      authorization: `Bearer ${api.admin}`,
      ...(after ? { 'last-event-id': after } : {}),
    })
  const stream = await open()
  const first = await stream.next()
  expect(first).toMatchObject({ id: '4', event: 'log', data: { text: 'one\n' } })
  stream.close()
  await write(job, 'two\n')
  const resumed = await open(first?.id)
  expect(await resumed.next()).toMatchObject({ id: '8', data: { text: 'two\n' } })
  await finish(api, job)
  expect(await resumed.rest()).toEqual([])
})
