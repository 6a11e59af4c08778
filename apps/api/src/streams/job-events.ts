import { finalStates, type JobEvent } from '@stevedore/contract'
import { listEvents } from '@stevedore/ledger'
import type { Edge } from '../edge.ts'
import { listenFor } from './bell.ts'
import { readPatiently } from './patient-read.ts'
import { heartbeat, retryHint, writeFrame } from './sse.ts'

const pageSize = 200
const heartbeatMs = 10_000

const finalTypes: readonly string[] = finalStates.map((state) => `job.${state}`)

/**
 * A job's events after a sequence number, then those to come, until a final one. Events are read from the ledger only; a notification
 * just says when, so none is missed or doubled whatever happens to notifications.
 */
export async function* streamJobEvents(
  { ledger }: Edge,
  { jobId, after, signal }: { jobId: string; after: number; signal: AbortSignal },
): AsyncGenerator<string> {
  const bell = await listenFor(ledger, 'stevedore_job', jobId)
  try {
    yield retryHint
    let seen = after
    while (!signal.aborted) {
      const events = await readPatiently(() => listEvents(ledger, { jobId, after: seen, limit: pageSize }), signal)
      for (const event of events ?? []) {
        yield writeFrame({ id: event.seq, event: event.type, data: event })
        seen = event.seq
      }
      if (events?.some(isLast)) return
      if (events?.length === pageSize) continue
      if (!(await bell.wait(heartbeatMs, signal))) yield heartbeat
    }
  } finally {
    bell.silence()
  }
}

function isLast(event: JobEvent): boolean {
  return finalTypes.includes(event.type)
}
