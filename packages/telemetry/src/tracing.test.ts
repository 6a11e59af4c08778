import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { startTracing, withSpan } from './tracing.ts'

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A collector that keeps what it is sent. */
async function openCollector() {
  const received: { path: string | undefined; body: string }[] = []
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString('latin1')
    received.push({ path: request.url, body })
    response.end()
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

test('gives back what the work gives and throws what it throws, with and without a collector', async () => {
  expect(await withSpan('work', {}, async () => 7)).toBe(7)
  await expect(withSpan('work', {}, async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
})

test('makes nothing without an endpoint', async () => {
  const tracing = await startTracing({ endpoint: undefined, serviceName: 'test' })
  await tracing.stop()
})

test('sends spans to the collector, with an error’s name and not its message', async () => {
  const { endpoint, received } = await openCollector()
  const tracing = await startTracing({ endpoint: `${endpoint}/`, serviceName: 'stevedore-test' })
  await withSpan('checkout', { attributes: { kind: 'build' } }, async () => 1)
  await expect(withSpan('push', {}, async () => Promise.reject(new RangeError('s3cr3t')))).rejects.toThrow(RangeError)
  await tracing.stop()
  const sent = received.map(({ body }) => body).join()
  expect(received[0]?.path).toBe('/v1/traces')
  for (const text of ['stevedore-test', 'checkout', 'build', 'RangeError']) expect(sent).toContain(text)
  expect(sent).not.toContain('s3cr3t')
})
