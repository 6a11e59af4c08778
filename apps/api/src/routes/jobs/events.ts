import { isFinal, operations, refuseFaults } from '@stevedore/contract'
import { listEvents } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { streamJobEvents } from '../../streams/job-events.ts'
import { sendStream } from '../../streams/send-stream.ts'

export const jobEventsRoute = defineRoute(operations.followJobEvents, {
  unhurried: true,
  async handle(call) {
    const { context, subject: job, query, request, reply } = call
    const { follow } = query
    const after = readLastEventId(request.headers['last-event-id'])
    // Without this a browser would come back for more for ever.
    if (
      (isFinal(job.state) || !follow) &&
      (await listEvents(context.ledger, { jobId: job.id, after, limit: 1 })).length === 0
    )
      return reply.code(204).send()
    return sendStream(call, 'text/event-stream', (signal) =>
      streamJobEvents(context, { jobId: job.id, after, follow, signal }),
    )
  },
})

export function readLastEventId(header: unknown): number {
  if (header === undefined || header === '') return 0
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header)
  throw refuseFaults([{ path: ['Last-Event-ID'], code: 'invalid-format', message: 'takes the id of an event' }])
}
