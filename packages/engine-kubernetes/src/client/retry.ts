import { retryCall } from '@stevedore/engine'
import { ApiError } from './api-error.ts'

/** How long the API may be away before an action gives up: longer than an API server takes to restart. */
const patienceMs = 60_000

/**
 * Tries again while the API is away, busy or failing, with growing, jittered pauses or the one it asks for.
 * @throws the last ApiError when patience is used up, at once any other
 */
export function withRetries<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return retryCall(call, { signal, pauseMs: choosePause, patienceMs })
}

function choosePause(error: unknown, tries: number): number | undefined {
  if (!(error instanceof ApiError) || !error.isTransient) return undefined
  return error.retryAfterMs ?? Math.min(5_000, 75 * 2 ** tries) * (0.5 + Math.random())
}
