import { operations } from '@stevedore/contract'
import { defineRoute } from '../../route.ts'
import { readJobLog } from '../../streams/job-log.ts'
import { sendStream } from '../../streams/send-stream.ts'
import { writeFrame } from '../../streams/sse.ts'
import { readLastEventId } from './events.ts'

export const jobLogsRoute = defineRoute(operations.readJobLog, {
  unhurried: true,
  async handle(call) {
    const { context, subject: job, query, request } = call
    const asEvents = request.headers.accept?.includes('text/event-stream') ?? false
    const resumed = asEvents ? readLastEventId(request.headers['last-event-id']) : 0
    const start = { jobId: job.id, offset: Math.max(query.offset ?? 0, resumed), follow: query.follow }
    if (!asEvents) return sendStream(call, 'text/plain; charset=utf-8', (signal) => readText(signal))
    return sendStream(call, 'text/event-stream', (signal) => readEvents(signal))

    async function* readText(signal: AbortSignal) {
      for await (const piece of readJobLog(context, { ...start, signal })) if (piece) yield piece.text
    }

    async function* readEvents(signal: AbortSignal) {
      for await (const piece of readJobLog(context, { ...start, signal }))
        yield piece ? writeFrame({ id: piece.nextOffset, event: 'log', data: { text: piece.text } }) : ':\n\n'
    }
  },
})
