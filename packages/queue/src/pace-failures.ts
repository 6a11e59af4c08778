import { setTimeout as sleep } from 'node:timers/promises'
import type { IQueueBackend } from 'bullmq'

/**
 * BullMQ fetches again at once after an error that is not a refused connection (a server that starts up, or has no
 * memory left), which would spin; this makes a failed fetch take a while.
 */
export function paceFailures<B extends IQueueBackend>(backend: B, pauseMs = 1_000): B {
  const fetch = backend.moveToActive.bind(backend)
  backend.moveToActive = async (...args) => {
    try {
      return await fetch(...args)
    } catch (error) {
      await sleep(pauseMs)
      throw error
    }
  }
  return backend
}
