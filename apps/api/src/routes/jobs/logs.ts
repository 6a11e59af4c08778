import { z } from 'zod'
import { digits, flag } from '../../query.ts'
import { defineRoute } from '../../route.ts'
import { readJobLog } from '../../streams/job-log.ts'
import { sendStream } from '../../streams/send-stream.ts'
import { writeFrame } from '../../streams/sse.ts'
import { readLastEventId } from './events.ts'
import { jobParams } from './params.ts'

export const jobLogsRoute = defineRoute({
  method: 'GET',
  url: '/v1/jobs/:id/logs',
  name: 'readJobLog',
  summary:
    'The output of a job as text from a byte offset; with `follow=1` until the job ends. As Server-Sent Events where they are accepted: the id of each is the offset after it.',
  access: { right: 'read', reach: 'job' },
  params: jobParams,
  query: z.strictObject({ offset: digits(0, 2 ** 40).optional(), follow: flag.default(false) }),
  headers: { 'Last-Event-ID': 'The offset to go on from, when the answer is Server-Sent Events.' },
  answers: { 200: ['text/plain', 'text/event-stream'] },
  unhurried: true,
  async handle(call) {
    const { edge, subject: job, query, request } = call
    const asEvents = request.headers.accept?.includes('text/event-stream') ?? false
    const resumed = asEvents ? readLastEventId(request.headers['last-event-id']) : 0
    const start = { jobId: job.id, offset: Math.max(query.offset ?? 0, resumed), follow: query.follow }
    if (!asEvents) return sendStream(call, 'text/plain; charset=utf-8', (signal) => readText(signal))
    return sendStream(call, 'text/event-stream', (signal) => readEvents(signal))

    async function* readText(signal: AbortSignal) {
      for await (const piece of readJobLog(edge, { ...start, signal })) if (piece) yield piece.text
    }

    async function* readEvents(signal: AbortSignal) {
      for await (const piece of readJobLog(edge, { ...start, signal }))
        yield piece ? writeFrame({ id: piece.nextOffset, event: 'log', data: { text: piece.text } }) : ':\n\n'
    }
  },
})
