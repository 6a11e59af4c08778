import { startTcpProxy } from '@stevedore/testkit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApi, type TestApi } from '../../harness/test-api.ts'

let api: TestApi
beforeEach(async () => {
  api = await startTestApi()
})
afterEach(() => api.close())

/** How many connections of the ledger some work takes, counted from now on. */
async function countConnections(work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const onAcquire = () => {
    count += 1
  }
  api.ledger.pool.on('acquire', onAcquire)
  await work()
  api.ledger.pool.off('acquire', onAcquire)
  return count
}

const askTimes = (times: number, path: string, tokenOf: (n: number) => string | null) =>
  Promise.all(Array.from({ length: times }, (_, n) => api.call('GET', path, { token: tokenOf(n) })))

test('a crowd that asks whether the server is ready costs the ledger one check', async () => {
  let answers: number[] = []
  const count = await countConnections(async () => {
    answers = (await askTimes(200, '/ready', () => null)).map(({ status }) => status)
  })
  expect(new Set(answers)).toEqual(new Set([200]))
  // A check asks twice; a slow machine may see a second begin.
  expect(count).toBeLessThan(20)
})

test('so do scrapes of one who may', async () => {
  await api.call('GET', '/metrics')
  let answers: number[] = []
  const count = await countConnections(async () => {
    answers = (await askTimes(100, '/metrics', () => api.admin)).map(({ status }) => status)
  })
  expect(new Set(answers)).toEqual(new Set([200]))
  expect(count).toBeLessThan(50)
})

test('strangers at /metrics take no more than two connections at once, and hold up no scraper', async () => {
  await api.call('GET', '/metrics')
  let most = 0
  const look = () => {
    most = Math.max(most, api.ledger.pool.totalCount - api.ledger.pool.idleCount + api.ledger.pool.waitingCount)
  }
  api.ledger.pool.on('acquire', look)
  const strangers = askTimes(55, '/metrics', (n) => `stv_nobodys-${n}`)
  expect(await api.call('GET', '/metrics')).toMatchObject({ status: 200 })
  for (const { status, headers } of await strangers)
    expect([status, status === 503 ? Number(headers.get('retry-after')) : 2]).toEqual([expect.any(Number), 2])
  api.ledger.pool.off('acquire', look)
  // Those of the scraper's own reading are six at once.
  expect(most).toBeLessThanOrEqual(2 + 6)
})

test('a ledger that falls silent is told of within its bound, by all at once', async () => {
  const { hostname, port } = new URL(api.serviceUrl)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  const proxied = Object.assign(new URL(api.serviceUrl), { port: String(proxy.port) }).href
  const other = await startTestApi({ databaseUrl: proxied })
  expect(await other.call('GET', '/ready')).toMatchObject({ status: 200 })
  proxy.stall()
  const isAway = async () => (await other.call('GET', '/ready')).body.ledger
  await expect.poll(isAway, { timeout: 15_000 }).toBe('away')
  proxy.heal()
  await expect.poll(isAway, { timeout: 15_000 }).toBe('ok')
  await other.close()
  await proxy.close()
})
