import { expect, test } from 'vitest'
import { startStubApi } from '../testing/stub-api.ts'
import { createClient } from './client.ts'
import { type FeedEvent, followAll } from './follow-all.ts'

test('comes back to where the connection was lost, and takes nothing twice', async () => {
  const asked: (string | undefined)[] = []
  const frame = (id: number, event: string) =>
    `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify({ seq: id, type: event })}\n\n`
  await using api = await startStubApi({
    'GET /v1/events': (request, reply) => {
      const since = new URL(request.url ?? '', 'http://x').searchParams.get('since') ?? undefined
      asked.push(since)
      reply.writeHead(200, { 'content-type': 'text/event-stream' })
      if (since === undefined) reply.write(frame(4, 'ready') + frame(5, 'job.queued'), () => reply.destroy())
      else reply.end(frame(5, 'ready') + frame(6, 'job.started'))
    },
  })
  const leaving = new AbortController()
  const seen: FeedEvent['type'][] = []
  for await (const { type } of followAll(createClient({ url: api.url, token: 't' }), {}, leaving.signal)) {
    seen.push(type)
    if (seen.length === 2) break
  }
  leaving.abort()
  expect(seen).toEqual(['job.queued', 'job.started'])
  expect(asked).toEqual([undefined, '5'])
})
