import { setTimeout as delay } from 'node:timers/promises'

/** Rejects with the signal's own reason rather than a timer's AbortError. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  // A timer fails in no other way than by its signal.
  await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
}

export interface PollOptions {
  deadlineMs: number
  intervalMs: number
  /** Lets the interval grow up to this, to a tenth of what has been waited: what takes long need not be asked for so often. */
  longestMs?: number
  signal: AbortSignal
}

/**
 * Asks again and again until there is an answer, at the deadline for the last time; undefined when there was none. Time is monotonic.
 * @throws the signal's reason
 */
export async function pollUntil<T>(
  ask: () => Promise<T | undefined>,
  { deadlineMs, intervalMs, longestMs = intervalMs, signal }: PollOptions,
): Promise<T | undefined> {
  const start = performance.now()
  for (;;) {
    signal.throwIfAborted()
    const answer = await ask()
    if (answer !== undefined) return answer
    const waitedMs = performance.now() - start
    const pauseMs = Math.max(intervalMs, Math.min(longestMs, waitedMs / 10))
    const leftMs = deadlineMs - waitedMs
    if (leftMs <= 0) return undefined
    await sleep(Math.min(pauseMs, leftMs), signal)
  }
}
