/** What a test was told, in order. It can wait for what is still to come, and fails with what there was when that does not come. */
export interface Notes<T> {
  readonly all: readonly T[]
  add(note: T): void
  /** All there are, as soon as they are that many. */
  waitForCount(count: number, timeoutMs?: number): Promise<readonly T[]>
  /** Resolves as soon as there is one that equals it. */
  waitFor(note: T, timeoutMs?: number): Promise<void>
}

const defaultTimeoutMs = 10_000

/** @param what names them in an error: `begun messages` */
export function createNotes<T>(what: string): Notes<T> {
  const all: T[] = []
  const listeners = new Set<() => void>()

  async function listenFor(wanted: string, isThere: () => boolean, timeoutMs: number): Promise<void> {
    if (isThere()) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => isThere() && resolve()
    const giveUp = () => reject(new Error(`no ${wanted} within ${timeoutMs} ms; ${what}: ${JSON.stringify(all)}`))
    const timer = setTimeout(giveUp, timeoutMs)
    listeners.add(look)
    await promise.finally(() => {
      clearTimeout(timer)
      listeners.delete(look)
    })
  }

  return {
    all,
    add(note) {
      all.push(note)
      for (const look of listeners) look()
    },
    async waitForCount(count, timeoutMs = defaultTimeoutMs) {
      await listenFor(`${count} ${what}`, () => all.length >= count, timeoutMs)
      return [...all]
    },
    waitFor: (note, timeoutMs = defaultTimeoutMs) => listenFor(String(note), () => all.includes(note), timeoutMs),
  }
}
