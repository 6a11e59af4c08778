import { operations } from '@stevedore/contract'
import { defineRoute } from '../../route.ts'
import { streamAllEvents } from '../../streams/all-events.ts'
import { sendStream } from '../../streams/send-stream.ts'
import { readLastEventId } from './events.ts'

export const allEventsRoute = defineRoute(operations.followEvents, {
  unhurried: true,
  async handle(call) {
    const { context, query, token, request } = call
    const header = request.headers['last-event-id']
    // A browser that comes back by itself sends both: the header is the later one.
    const since = header === undefined || header === '' ? query.since : readLastEventId(header)
    return sendStream(call, 'text/event-stream', (signal) =>
      streamAllEvents(context, { ...query, since, token, signal }),
    )
  },
})
