import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createTestDatabase } from '@stevedore/testkit'
import { expect, test } from 'vitest'
import { startStevedore } from '../../../scripts/demo/start-stevedore.ts'

test('all in one process sends the spans of its requests to the collector that is named', async () => {
  const bodies: Promise<string>[] = []
  const collector = createServer((request, response) => {
    bodies.push(text(request))
    request.once('end', () => response.end('{}'))
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const database = await createTestDatabase()
  const dir = await mkdtemp(join(tmpdir(), 'stevedore-tracing-'))
  try {
    const server = await startStevedore(dir, {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      DATABASE_URL: database.serviceUrl,
      STEVEDORE_DATA_DIR: join(dir, 'data'),
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    })
    // Who signs it is asked within the span; the answer is a refusal.
    await fetch(`${server.url}/v1/webhooks/github/nobodys`, { method: 'POST', body: '{}' })
    await fetch(`${server.url}/health`)
    // What is left is sent at the end.
    await server.stop()
    const sent = (await Promise.all(bodies)).join()
    expect(sent).toContain('"stringValue":"stevedore"')
    expect(sent).toContain('POST /v1/webhooks/github/:app')
    expect(sent).not.toContain('GET /health')
  } finally {
    collector.close()
    await database.drop()
    await rm(dir, { recursive: true, force: true })
  }
})
