import { finalStates, type JobEvent } from '@stevedore/contract'
import { listEvents } from '@stevedore/ledger'
import type { ApiContext } from '../context.ts'
import { openNotifications } from './notifications.ts'
import { readPatiently } from './patient-read.ts'
import { heartbeat, retryHint, writeFrame } from './sse.ts'

const pageSize = 200
const heartbeatMs = 10_000

const finalTypes: readonly string[] = finalStates.map((state) => `job.${state}`)

/**
 * A job's events after a sequence number and, when following, those to come, until a final one. Events are read from the ledger only; a notification
 * just says when, so none is missed or doubled whatever happens to notifications.
 */
export async function* streamJobEvents(
  { ledger, streams }: ApiContext,
  { jobId, after, follow, signal }: { jobId: string; after: number; follow: boolean; signal: AbortSignal },
): AsyncGenerator<string> {
  const notifications = await openNotifications(ledger, 'stevedore_job', jobId)
  try {
    yield retryHint
    let seen = after
    while (!signal.aborted) {
      const events = await readPatiently(
        streams,
        () => listEvents(ledger, { jobId, after: seen, limit: pageSize }),
        signal,
      )
      for (const event of events ?? []) {
        yield writeFrame({ id: event.seq, event: event.type, data: event })
        seen = event.seq
      }
      if (events?.some(isLast)) return
      if (events?.length === pageSize) continue
      if (!follow) return
      if (!(await notifications.wait(heartbeatMs, signal))) yield heartbeat
    }
  } finally {
    notifications.close()
  }
}

function isLast(event: JobEvent): boolean {
  return finalTypes.includes(event.type)
}
