/** Lines from several streams as one. A full queue makes `push` wait, so a slow reader bounds what is held. */
export function createLineQueue(signal: AbortSignal, limit = 1_000) {
  const held: string[] = []
  let failure: unknown
  let wake = Promise.withResolvers<void>()
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers<void>()
  }
  signal.addEventListener('abort', stir, { once: true })
  return {
    async push(line: string): Promise<void> {
      while (held.length >= limit && !signal.aborted) await wake.promise
      held.push(line)
      stir()
    },
    fail(error: unknown): void {
      failure = error
      stir()
    },
    async *lines(): AsyncGenerator<string> {
      for (;;) {
        while (held.length > 0) {
          yield held.shift()!
          stir()
        }
        if (signal.aborted) return
        if (failure) throw failure
        await wake.promise
      }
    },
  }
}
