/** Holds streams of output while what waits to be written is much. */
export interface Room {
  /** Resolves when there is room again, the signal aborts, or the ledger is given up. */
  wait(signal: AbortSignal): Promise<void>
  /** Resolves with the end of the next write, or when the signal aborts. */
  nextWrite(signal: AbortSignal): Promise<void>
  /** A write is over. @param begunAtMs of the monotonic clock */
  tell(isTaken: boolean, begunAtMs: number): void
  /** Whether none was for so long that nobody is held any more. */
  isGivenUp(): boolean
}

export function openRoom({ holdMs, isFull }: { holdMs: number; isFull(): boolean }): Room {
  const waiting = new Set<() => void>()
  let failingSinceMs: number | undefined
  const isGivenUp = () => failingSinceMs !== undefined && performance.now() - failingSinceMs >= holdMs

  function nextWrite(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      waiting.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  return {
    nextWrite,
    isGivenUp,
    tell(isTaken, begunAtMs) {
      failingSinceMs = isTaken ? undefined : (failingSinceMs ?? begunAtMs)
      for (const wake of waiting) wake()
    },
    async wait(signal) {
      while (isFull() && !signal.aborted && !isGivenUp()) await nextWrite(signal)
    },
  }
}
