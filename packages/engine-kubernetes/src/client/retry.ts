import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from './api-error.ts'

/** How long the API may be away before a piece of work gives up: longer than an API server takes to restart. */
export const patienceMs = 60_000

/**
 * Tries again while the API is away, busy or failing, with growing, jittered pauses or the one it asks for.
 * @throws the last ApiError when `patience` is used up, at once any other
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  signal: AbortSignal,
  patience = patienceMs,
): Promise<T> {
  const end = performance.now() + patience
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isTransient) throw error
      const pause = error.retryAfterMs ?? Math.min(5_000, 150 * 2 ** tries) * (0.5 + Math.random())
      if (performance.now() + pause > end) throw error
      await sleep(pause, signal)
    }
  }
}

/** Rejects with the signal's own reason. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
  signal.throwIfAborted()
}
