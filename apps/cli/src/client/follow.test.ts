import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { collect } from '../testing/collect.ts'
import { answerJson, jobId, makeJob, startStubApi } from '../testing/stub-api.ts'
import { createClient } from './client.ts'
import { followEvents, followLog } from './follow.ts'

const signal = new AbortController().signal
const frame = (seq: number) => `id: ${seq}\nevent: step.started\ndata: {"seq":${seq},"type":"step.started"}\n\n`

test('events go on after the last one seen when the stream is cut, and end with the job', async () => {
  const resumedFrom: unknown[] = []
  await using api = await startStubApi({
    [`GET /v1/jobs/${jobId}`]: (_request, reply) =>
      answerJson(reply, makeJob({ state: resumedFrom.length > 1 ? 'succeeded' : 'running' })),
    [`GET /v1/jobs/${jobId}/events`]: (request, reply) => {
      resumedFrom.push(request.headers['last-event-id'])
      if (resumedFrom.length > 1) reply.writeHead(200).end(frame(2) + frame(3))
      else cutAfter(reply, frame(1) + frame(2))
    },
  })
  const client = createClient({ url: api.url, token: undefined })
  const seen = await collect(followEvents(client, jobId, signal))
  expect(seen.map((event) => event.seq)).toEqual([1, 2, 3])
  expect(resumedFrom).toEqual([undefined, '2'])
})

test('output goes on at the byte where it was cut, even inside a letter', async () => {
  const output = Buffer.from('größer\n')
  let connections = 0
  await using api = await startStubApi({
    [`GET /v1/jobs/${jobId}`]: (_request, reply) =>
      answerJson(reply, makeJob({ state: connections > 0 ? 'succeeded' : 'running' })),
    [`GET /v1/jobs/${jobId}/logs`]: (request, reply) => {
      const offset = Number(new URL(request.url!, 'http://x').searchParams.get('offset'))
      if (connections++ === 0) cutAfter(reply, output.subarray(0, 3))
      else reply.writeHead(200).end(output.subarray(offset))
    },
  })
  const client = createClient({ url: api.url, token: undefined })
  const text = await collect(followLog(client, jobId, { follow: true, signal }))
  expect(text.join('')).toBe('größer\n')
})

/** What was written arrives before the connection is cut: the head promises more than comes. */
function cutAfter(reply: ServerResponse, part: string | Buffer): void {
  reply.writeHead(200, { 'content-length': '100000' })
  reply.write(part, () => setTimeout(() => reply.destroy(), 50))
}
