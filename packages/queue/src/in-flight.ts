/** Promises that have not ended yet. */
export interface InFlight {
  add<T>(promise: Promise<T>): Promise<T>
  /** Resolves when there is none, those included that come in the meantime. */
  ended(): Promise<void>
}

export function trackInFlight(): InFlight {
  const running = new Set<Promise<unknown>>()
  return {
    add(promise) {
      const tracked = promise.finally(() => running.delete(tracked))
      running.add(tracked)
      return tracked
    },
    async ended() {
      while (running.size > 0) await Promise.allSettled(running)
    },
  }
}
