import type { Worker } from '../worker.ts'

export interface Loop {
  /** Runs soon, without waiting for the interval. */
  wake(): void
  /** Ends after the run in hand. */
  stop(): Promise<void>
}

interface LoopOptions {
  name: string
  intervalMs: number
  /** Returns true to run again at once: there is more to do. */
  run(): Promise<boolean | undefined>
}

type Host = Pick<Worker, 'logger' | 'tell' | 'closing'>

const longestBackoffMs = 10_000

/** Grows with the failures in a row; never shorter than the interval. */
function pauseMs(intervalMs: number, failures: number): number {
  return Math.max(intervalMs, Math.min(longestBackoffMs, intervalMs * 2 ** Math.min(failures, 8)))
}

/** Runs again and again, one run at a time; one that fails is repeated with a growing pause, since what it needs may be away. */
export function startLoop({ logger, tell, closing }: Host, { name, intervalMs, run }: LoopOptions): Loop {
  let failures = 0
  let stopped = false
  let woken = false
  let wakeUp = () => {}

  async function cycle(): Promise<void> {
    while (!stopped) {
      woken = false
      const more = await runOnce()
      tell({ type: 'loop.ran', loop: name })
      if (more || stopped) continue
      if (!woken) await rest(pauseMs(intervalMs, failures))
    }
  }

  async function runOnce(): Promise<boolean> {
    try {
      const more = await run()
      failures = 0
      return more ?? false
    } catch (error) {
      // Whatever it was at is cut short by a worker that ends.
      if (closing.aborted) return false
      failures += 1
      logger.warn({ err: error, loop: name, failures }, 'upkeep failed and will be repeated')
      return false
    }
  }

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  const ended = cycle()
  return {
    wake() {
      woken = true
      // A failing run keeps its pause: a wake-up brings nothing back.
      if (failures === 0) wakeUp()
    },
    async stop() {
      stopped = true
      wakeUp()
      await ended
    },
  }
}
