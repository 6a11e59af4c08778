import { operations } from '@stevedore/contract'
import { findTail } from '@stevedore/ledger'
import type { ApiContext } from '../../context.ts'
import { defineRoute } from '../../route.ts'
import { readJobLog } from '../../streams/job-log.ts'
import { sendStream } from '../../streams/send-stream.ts'
import { writeFrame } from '../../streams/sse.ts'
import { readLastEventId } from './events.ts'

export const jobLogsRoute = defineRoute(operations.readJobLog, {
  unhurried: true,
  async handle(call) {
    const { context, subject: job, query, request, reply } = call
    const asEvents = request.headers.accept?.includes('text/event-stream') ?? false
    const resumed = asEvents ? readLastEventId(request.headers['last-event-id']) : 0
    const { offset, line } = await findStart(context, job.id, query, resumed)
    const start = { jobId: job.id, offset, follow: query.follow }
    reply.header('stevedore-log-offset', offset)
    if (line !== undefined) reply.header('stevedore-log-line', line)
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

/** @param resumed where a stream broke off: it goes on there, whatever it began with */
async function findStart(
  { ledger, streams }: ApiContext,
  jobId: string,
  { offset = 0, tail }: { offset?: number | undefined; tail?: number | undefined },
  resumed: number,
): Promise<{ offset: number; line?: number }> {
  if (tail === undefined || resumed > 0) return { offset: Math.max(offset, resumed) }
  return streams.read(() => findTail(ledger, { jobId, lines: tail }))
}
