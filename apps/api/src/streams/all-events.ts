import type { FeedEvent, TokenRecord } from '@stevedore/ledger'
import type { ApiContext } from '../context.ts'
import { canSee } from '../reach.ts'
import { retryHint, writeFrame } from './sse.ts'

const heartbeatMs = 10_000

interface Wanted {
  token: TokenRecord
  app?: string | undefined
  environment?: string | undefined
  job?: string | undefined
  /** Absent: what comes from now on. */
  since?: number | undefined
  signal: AbortSignal
}

/**
 * The events of all jobs that a token sees, after a position or from now on, without an end. The first, `ready`, says how far everything is
 * known; its id is where this stream begins. A quiet while is filled with the position that was reached: whoever comes back goes on there.
 */
export async function* streamAllEvents(context: ApiContext, wanted: Wanted): AsyncGenerator<string> {
  const { signal } = wanted
  const follower = context.events.enter()
  try {
    yield retryHint
    const known = await follower.begin(signal)
    if (signal.aborted) return
    // What is ahead of that is of another time: of before the ledger was restored from a copy.
    let seen = Math.min(wanted.since ?? known, known)
    yield writeFrame({ id: seen, event: 'ready', data: { cursor: String(known) } })
    while (!signal.aborted) {
      const { events, upTo } = await follower.read(seen, signal)
      const frames = events.filter((event) => isWanted(event, wanted)).map(writeEvent)
      if (frames.length > 0) yield frames.join('')
      if (upTo > seen) seen = upTo
      else if (!(await follower.wait(heartbeatMs, signal))) yield `id: ${seen}\n:\n\n`
    }
  } finally {
    follower.leave()
  }
}

function isWanted(found: FeedEvent, { token, app, environment, job }: Wanted): boolean {
  if (app !== undefined && found.app !== app) return false
  if (environment !== undefined && found.environment !== environment) return false
  if (job !== undefined && found.event.jobId !== job) return false
  return canSee(token, found)
}

/** Many follow, and all get the same. */
const written = new WeakMap<FeedEvent, string>()

function writeEvent(found: FeedEvent): string {
  const known = written.get(found)
  if (known) return known
  const { position, event, app, environment, jobKind } = found
  const data = { ...event, job: event.jobId, app, environment, jobKind }
  const frame = writeFrame({ id: position, event: event.type, data })
  written.set(found, frame)
  return frame
}
