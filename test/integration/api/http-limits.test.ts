import { sampleSpec, sendRaw } from '@stevedore/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
  await api.call('PUT', '/v1/apps/shop', { body: sampleSpec() })
})
afterAll(() => api.close())

const head = (line: string, ...headers: string[]) => [line, 'Host: localhost', ...headers, '', ''].join('\r\n')

describe('row 17: what is not HTTP is refused and the connection closed', () => {
  test.each([
    ['both lengths', head('POST /v1/jobs HTTP/1.1', 'Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['two lengths', head('POST /v1/jobs HTTP/1.1', 'Content-Length: 5', 'Content-Length: 6')],
    ['bare line feeds', 'GET /health HTTP/1.1\nHost: localhost\n\n'],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['a host that is none', 'GET /docs HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n'],
    ['noise', '\x16\x03\x01\x02'],
  ])('%s: 400', async (_what, bytes) => {
    const answer = await sendRaw(api.address, bytes)
    expect(answer.status).toBe(400)
    expect(answer.closedAfterMs).toBeLessThan(5_000)
  })
})

describe('row 15: heads that are too large', () => {
  test.each([20_000, 40_000])('headers of %i bytes: 431', async (length) => {
    const filler = `X-Filler: ${'a'.repeat(length)}`
    const answer = await sendRaw(api.address, head('GET /health HTTP/1.1', filler, 'Connection: close'))
    expect(answer.status).toBe(431)
  })

  test.each([10_000, 70_000])('an address of %i characters: 414', async (length) => {
    const answer = await sendRaw(api.address, head(`GET /health?${'a'.repeat(length)} HTTP/1.1`, 'Connection: close'))
    expect(answer.status).toBe(414)
    expect(answer.text).toContain('/problems/uri-too-long')
  })
})

test('row 4: a body without end is refused at its limit', async () => {
  const start = head(
    'POST /v1/jobs HTTP/1.1',
    `Authorization: Bearer ${api.admin}`,
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
  )
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 0x20), Buffer.from('\r\n')])
  const before = process.memoryUsage().rss
  const answer = await sendRaw(api.address, start, { bytes: chunk, everyMs: 1 })
  expect(answer.status).toBe(413)
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20)
})

test('row 16: many that send slowly are cut off within thirty seconds, and others are served meanwhile', async () => {
  const slowHead = { first: 'GET /health HTTP/1.1\r\nHost: localhost\r\n', drip: 'X' }
  const slowBody = {
    first: head(
      'POST /v1/jobs HTTP/1.1',
      `Authorization: Bearer ${api.admin}`,
      'Content-Type: application/json',
      'Content-Length: 1000',
    ),
    drip: ' ',
  }
  const slow = Array.from({ length: 200 }, (_, index) => {
    const { first, drip } = index % 2 ? slowHead : slowBody
    return sendRaw(api.address, first, { bytes: drip, everyMs: 5_000 })
  })
  expect(await api.call('GET', '/v1/jobs')).toMatchObject({ status: 200 })
  const answers = await Promise.all(slow)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([408]))
  expect(Math.max(...answers.map(({ closedAfterMs }) => closedAfterMs))).toBeLessThan(30_000)
})

describe('too many requests', () => {
  test('of one token: 429 with the time to wait, while another is served', async () => {
    const limited = await startTestApi({ config: { rateLimitPerMinute: 20 } })
    const other = await limited.createToken('viewer')
    const statuses = []
    for (let count = 0; count < 25; count++) statuses.push((await limited.call('GET', '/v1/apps')).status)
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(200))
    const refused = await limited.call('GET', '/v1/apps')
    expect(refused).toMatchObject({ status: 429, body: { type: '/problems/rate-limited' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await limited.call('GET', '/v1/apps', { token: other })).toMatchObject({ status: 200 })
    expect(await limited.call('GET', '/health', { token: null })).toMatchObject({ status: 200 })
    await limited.close()
  })

  test('row 31: with bad tokens: 429 after a while, and a good one is still served', async () => {
    const statuses = new Set<number>()
    for (let count = 0; count < 100; count++)
      statuses.add((await api.call('GET', '/v1/apps', { token: `stv_${count}` })).status)
    expect(statuses).toEqual(new Set([401, 429]))
    expect(await api.call('GET', '/v1/apps')).toMatchObject({ status: 200 })
  })

  test('row 89: of webhooks: 429', async () => {
    const limited = await startTestApi({ config: { rateLimitPerMinute: 20 } })
    const send = () => limited.call('POST', '/v1/webhooks/github/shop', { token: null, body: {} })
    const statuses = (await Promise.all(Array.from({ length: 60 }, send))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 429)).toHaveLength(40)
    await limited.close()
  })
})
