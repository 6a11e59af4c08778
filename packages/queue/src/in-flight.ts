/** Promises that have not settled yet. */
export function trackInFlight() {
  const running = new Set<Promise<unknown>>()
  return {
    add<T>(promise: Promise<T>): Promise<T> {
      const tracked = promise.finally(() => running.delete(tracked))
      running.add(tracked)
      return tracked
    },
    /** Resolves when there is none, those included that come in the meantime. */
    async settled(): Promise<void> {
      while (running.size > 0) await Promise.allSettled(running)
    },
  }
}
