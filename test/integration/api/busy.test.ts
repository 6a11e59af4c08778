import { openEventStream, sampleSpec } from '@stevedore/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi({ config: { databaseConnections: 5 } })
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

const build = { kind: 'build', app: 'shop' }
/** It keeps its turn while the ledger is asked; a plain build asks it nothing and hardly has to wait. */
const judged = { ...build, registry: 'registry.example.com' }

test('500 requests at once: each is served or told at once when to come back; probes, a stream and another client are served meanwhile', async () => {
  const other = await api.createToken('deployer', { app: 'shop' })
  const reading = { token: other }
  const own = await api.call('POST', '/v1/jobs', { body: build, token: other })
  const stream = await openEventStream(`${api.address}/v1/jobs/${own.body.id}/events`, {
    authorization: `Bearer ${api.admin}`,
  })
  expect((await stream.next())?.event).toBe('job.queued')

  let isOver = false
  const flood = Promise.all(
    Array.from({ length: 500 }, (_, n) =>
      api.call('POST', '/v1/jobs', { body: judged, headers: { 'idempotency-key': `flood-${n}` } }),
    ),
  ).finally(() => {
    isOver = true
  })
  const besides: [string, number][] = []
  while (!isOver) {
    for (const path of ['/health', '/ready', '/metrics']) besides.push([path, (await api.call('GET', path)).status])
    besides.push(['another client', (await api.call('GET', `/v1/jobs/${own.body.id}`, reading)).status])
  }
  await api.call('POST', `/v1/jobs/${own.body.id}/cancel`, reading)
  expect((await stream.next())?.event).toMatch(/^job\.cancel/)

  const answers = await flood
  const odd = answers.filter(
    ({ status, headers }) => status !== 202 && !([429, 503].includes(status) && Number(headers.get('retry-after')) > 0),
  )
  expect(odd.map(({ status, text }) => ({ status, text }))).toEqual([])
  expect(answers.some(({ status }) => status === 202)).toBe(true)
  expect(answers.some(({ status }) => status === 429)).toBe(true)
  expect(besides.filter(([, status]) => status !== 200)).toEqual([])
  expect(api.readLogs()).not.toMatch(/timeout exceeded when trying to connect/)

  const kept = answers.filter(({ status }) => status === 202).map(({ body }) => body.id)
  expect(new Set(kept).size).toBe(kept.length)
  const { rows } = await api.ledger.pool.query('select count(*)::int as count from jobs')
  expect(rows).toEqual([{ count: kept.length + 1 }])
})
