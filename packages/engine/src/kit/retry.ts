import { sleep } from './poll.ts'

export interface RetryOptions {
  signal: AbortSignal
  /** The pause before the next try, or undefined for an error that another try would not mend. @param tries so far, from 1 on */
  pauseMs(error: unknown, tries: number): number | undefined
  /** No try begins later than this after the first. Default: the signal alone ends it. */
  patienceMs?: number
}

/**
 * Repeats a call while what it fails of may pass. Time is monotonic.
 * @throws the last error of the call, or the signal's reason
 */
export async function retryCall<T>(
  call: () => Promise<T>,
  { signal, pauseMs, patienceMs = Number.POSITIVE_INFINITY }: RetryOptions,
): Promise<T> {
  const end = performance.now() + patienceMs
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted()
    try {
      return await call()
    } catch (error) {
      const pause = pauseMs(error, tries)
      if (pause === undefined || performance.now() + pause > end) throw error
      await sleep(pause, signal)
    }
  }
}
