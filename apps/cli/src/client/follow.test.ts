import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { answerJson, jobId, makeJob, startStubApi } from '../testing/stub-api.ts'
import { createClient } from './client.ts'
import { followEvents, followLog } from './follow.ts'

const signal = new AbortController().signal
const frame = (seq: number) => `id: ${seq}\nevent: step.started\ndata: {"seq":${seq},"type":"step.started"}\n\n`

test('events go on after the last one seen when the stream is cut, and end with the job', async () => {
  const resumedFrom: unknown[] = []
  const connection = Promise.withResolvers<Connection>()
  await using api = await startStubApi({
    [`GET /v1/jobs/${jobId}`]: (_request, reply) =>
      answerJson(reply, makeJob({ state: resumedFrom.length > 1 ? 'succeeded' : 'running' })),
    [`GET /v1/jobs/${jobId}/events`]: (request, reply) => {
      resumedFrom.push(request.headers['last-event-id'])
      if (resumedFrom.length > 1) reply.writeHead(200).end(frame(2) + frame(3))
      else connection.resolve(begin(reply, frame(1) + frame(2)))
    },
  })
  const client = createClient({ url: api.url, token: undefined })
  const seen: number[] = []
  for await (const { seq } of followEvents(client, jobId, signal)) {
    seen.push(seq)
    if (seq === 2) (await connection.promise).cut()
  }
  expect(seen).toEqual([1, 2, 3])
  expect(resumedFrom).toEqual([undefined, '2'])
})

test('output goes on at the byte where it was cut, even inside a letter', async () => {
  const output = Buffer.from('größer\n')
  const connection = Promise.withResolvers<Connection>()
  let connections = 0
  await using api = await startStubApi({
    [`GET /v1/jobs/${jobId}`]: (_request, reply) =>
      answerJson(reply, makeJob({ state: connections > 0 ? 'succeeded' : 'running' })),
    [`GET /v1/jobs/${jobId}/logs`]: (request, reply) => {
      const offset = Number(new URL(request.url!, 'http://x').searchParams.get('offset'))
      if (connections++ === 0) connection.resolve(begin(reply, output.subarray(0, 3)))
      else reply.writeHead(200).end(output.subarray(offset))
    },
  })
  const client = createClient({ url: api.url, token: undefined })
  let text = ''
  for await (const piece of followLog(client, jobId, { follow: true, signal })) {
    text += piece
    if (text === 'gr') (await connection.promise).cut()
  }
  expect(text).toBe('größer\n')
})

interface Connection {
  cut(): void
}

/** An answer of which only a part comes: the head promises more. */
function begin(reply: ServerResponse, part: string | Buffer): Connection {
  reply.writeHead(200, { 'content-length': '100000' }).write(part)
  return { cut: () => reply.destroy() }
}
