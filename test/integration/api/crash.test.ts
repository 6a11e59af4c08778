import { createTestDatabase, sampleSpec, startTcpProxy } from '@stevedore/testkit'
import { afterEach, expect, test } from 'vitest'
import { type ApiProcess, startApiProcess } from '../../harness/api-process.ts'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function start(options: Parameters<typeof startApiProcess>[0]): Promise<ApiProcess> {
  const api = await startApiProcess(options)
  undo.push(() => api.kill())
  return api
}

test('an API killed between the commit and the answer: the same key gives the one job', async () => {
  const database = await createTestDatabase()
  undo.push(() => database.drop())
  const { hostname, port } = new URL(database.serviceUrl)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  undo.push(() => proxy.close())
  const proxied = Object.assign(new URL(database.serviceUrl), { hostname: '127.0.0.1', port: String(proxy.port) }).href
  const doomed = await start({ databaseUrl: proxied })
  await doomed.call('PUT', '/v1/apps/shop', { body: sampleSpec() })

  const committed = proxy.swallowAnswerTo('record-jobs')
  const request = { body: { kind: 'build', app: 'shop' }, headers: { 'idempotency-key': 'once' } }
  const answer = doomed.call('POST', '/v1/jobs', request).catch((error: Error) => error)
  await committed
  await doomed.kill()
  expect(await answer).toBeInstanceOf(Error)

  const successor = await start({ databaseUrl: database.serviceUrl, token: doomed.firstToken ?? '' })
  const replayed = await successor.call('POST', '/v1/jobs', request)
  expect(replayed.status).toBe(202)
  const { items } = (await successor.call('GET', '/v1/jobs')).body
  expect(items.map(({ id }: { id: string }) => id)).toEqual([replayed.body.id])
  expect((await successor.call('GET', '/v1/audit/verify')).body.ok).toBe(true)
})

test('the first start prints an admin token, a later one none; SIGTERM ends in order', async () => {
  const database = await createTestDatabase()
  undo.push(() => database.drop())
  const first = await start({ databaseUrl: database.serviceUrl })
  expect(await first.call('GET', '/v1/tokens')).toMatchObject({ status: 200, body: { items: [{ role: 'admin' }] } })
  expect(await first.stop()).toBe(0)
  expect((await start({ databaseUrl: database.serviceUrl })).firstToken).toBeUndefined()
})

test('on an address that others reach it does not start without a token', async () => {
  const database = await createTestDatabase()
  undo.push(() => database.drop())
  await expect(start({ databaseUrl: database.serviceUrl, env: { HOST: '0.0.0.0' } })).rejects.toThrow(/HOST.*no token/)
})
