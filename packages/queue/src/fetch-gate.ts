import { setTimeout as sleep } from 'node:timers/promises'
import type { IQueueBackend } from 'bullmq'
import { trackInFlight } from './in-flight.ts'

export interface FetchGate {
  /** Lets a worker's backend fetch only while the gate is open. */
  guard(backend: IQueueBackend): void
  /** Resolves when no fetch is under way; none begins after. */
  close(): Promise<void>
}

/**
 * What BullMQ's workers lack in how they fetch. Paused, one still fetches once when its wait ends. After an error that is
 * not a refused connection (a server that starts up, or has no memory left) one fetches again at once, which would spin:
 * here a failed fetch takes a while.
 */
export function createFetchGate(pauseMs = 1_000): FetchGate {
  const inFlight = trackInFlight()
  let closed = false
  return {
    guard(backend) {
      const { moveToActive, moveToCompleted, moveToFailed } = bindFetches(backend)
      backend.moveToActive = async (...args) => (closed ? [] : inFlight.add(failSlowly(moveToActive(...args), pauseMs)))
      backend.moveToCompleted = (...args) => inFlight.add(moveToCompleted(...args))
      backend.moveToFailed = (...args) => inFlight.add(moveToFailed(...args))
    },
    close() {
      closed = true
      return inFlight.ended()
    },
  }
}

/** The ends of a message bring the next one as well. */
function bindFetches(backend: IQueueBackend) {
  return {
    moveToActive: backend.moveToActive.bind(backend),
    moveToCompleted: backend.moveToCompleted.bind(backend),
    moveToFailed: backend.moveToFailed.bind(backend),
  }
}

async function failSlowly<T>(promise: Promise<T>, pauseMs: number): Promise<T> {
  try {
    return await promise
  } catch (error) {
    await sleep(pauseMs)
    throw error
  }
}
