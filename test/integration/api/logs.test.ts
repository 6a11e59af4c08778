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

test('is read from its last lines, whose offset leads to what is before them', async () => {
  const job = await startJob()
  const read = (query: string) => api.call('GET', `/v1/jobs/${job.id}/logs${query}`)
  expect((await read('?tail=3')).text).toBe('')
  // Lines are broken over chunks, and longer than one.
  const lines = Array.from({ length: 300 }, (_, index) => `${index} ${index % 50 === 0 ? 'ö'.repeat(40_000) : 'x'}\n`)
  const whole = lines.join('')
  for (let at = 0; at < whole.length; at += 997) await write(job, whole.slice(at, at + 997))
  for (const count of [0, 1, 2, 49, 51, 260, 300, 301, 10_000]) {
    const { text, headers } = await read(`?tail=${count}`)
    expect(text, `the last ${count}`).toBe(count === 0 ? '' : lines.slice(-count).join(''))
    const offset = Number(headers.get('stevedore-log-offset'))
    expect(offset).toBe(Buffer.byteLength(whole) - Buffer.byteLength(text))
    expect((await read(`?offset=${offset}`)).text).toBe(text)
    expect(headers.get('stevedore-log-line'), `before the last ${count}`).toBe(String(Math.max(0, 300 - count)))
  }
  expect((await read('?offset=0')).headers.get('stevedore-log-line')).toBe(null)
  await write(job, 'unfinished')
  const two = await read('?tail=2')
  expect(two.text).toBe('299 x\nunfinished')
  expect(two.headers.get('stevedore-log-line')).toBe('299')
  expect((await read('?tail=0')).headers.get('stevedore-log-line')).toBe('300')
  const following = read('?tail=1&follow=1')
  await write(job, ' and done\n')
  await finish(api, job)
  expect((await following).text).toMatch(/^unfinished( and done\n)$/)
  for (const query of ['?tail=10001', '?tail=-1', '?tail=1&offset=1', '?tail=x'])
    expect(await read(query)).toMatchObject({ status: 422 })
})

test('a stream that is resumed goes on where it broke off, and not at the last lines', async () => {
  const job = await startJob()
  await write(job, 'one\ntwo\n')
  await finish(api, job)
  const headers = { authorization: `Bearer ${api.admin}`, 'last-event-id': '4' }
  const stream = await openEventStream(`${api.address}/v1/jobs/${job.id}/logs?tail=2`, headers)
  expect(await stream.rest()).toMatchObject([{ data: { text: 'two\n' } }])
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
