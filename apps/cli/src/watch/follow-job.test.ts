import type { JobEvent, JobState } from '@stevedore/contract'
import { expect, test } from 'vitest'
import { createClient } from '../client/client.ts'
import type { JobRenderer } from '../render/job-renderer.ts'
import { makeEvent } from '../testing/make-event.ts'
import { answerJson, jobId, makeJob, startStubApi } from '../testing/stub-api.ts'
import { followJob } from './follow-job.ts'

const events: JobEvent[] = [
  makeEvent('job.started', { attempt: 1, workerId: 'w1' }),
  { ...makeEvent('job.failed', { code: 'build-failed' }), seq: 2 },
]

/** Its events are there at once, its output a little later. */
async function watch(states: JobState[]): Promise<string[]> {
  const told: string[] = []
  await using api = await startStubApi({
    [`GET /v1/jobs/${jobId}`]: (_request, reply) => answerJson(reply, makeJob({ state: states.shift() ?? 'failed' })),
    [`GET /v1/jobs/${jobId}/events`]: (_request, reply) => {
      reply.writeHead(200, { 'content-type': 'text/event-stream' })
      reply.end(events.map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
    },
    [`GET /v1/jobs/${jobId}/logs`]: (_request, reply) => {
      reply.writeHead(200, { 'content-type': 'text/plain' })
      setTimeout(() => reply.end('the output\n'), 300)
    },
  })
  const renderer: JobRenderer = {
    show() {},
    event: ({ type }) => void told.push(type),
    log: (text) => void told.push(text.trim()),
    close() {},
    stop() {},
  }
  const signal = AbortSignal.timeout(30_000)
  await followJob({ client: createClient({ url: api.url, token: undefined }), id: jobId, renderer, signal })
  return told
}

test('a job that has ended is told in order: what happened, what it put out, its end', async () => {
  expect(await watch([])).toEqual(['job.started', 'the output', 'job.failed'])
})

test('of one that ends while it is watched the end is told last', async () => {
  expect((await watch(['running', 'running'])).at(-1)).toBe('job.failed')
})
