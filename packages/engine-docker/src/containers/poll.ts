import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks again and again until there is an answer; undefined when the deadline came first. Time is monotonic.
 * @throws the signal's reason
 */
export async function pollUntil<T>(
  ask: () => Promise<T | undefined>,
  { deadlineMs, intervalMs, signal }: { deadlineMs: number; intervalMs: number; signal: AbortSignal },
): Promise<T | undefined> {
  const end = performance.now() + deadlineMs
  for (;;) {
    signal.throwIfAborted()
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() + intervalMs > end) return undefined
    await pause(intervalMs, signal)
  }
}

/** Rejects with the signal's own reason rather than a timer's AbortError. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
}
