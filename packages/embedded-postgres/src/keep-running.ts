import { setTimeout as delay } from 'node:timers/promises'
import type { PostgresProcess, ProcessEnd } from './launch.ts'

export interface RestartPolicy {
  /** The pause before each restart in a row. When all have been used, the next end is final. */
  pausesMs: readonly number[]
  /** A server that had taken connections for this long was well: its restarts are counted anew. */
  steadyAfterMs: number
}

const defaultPolicy: RestartPolicy = { pausesMs: [250, 500, 1_000, 2_000, 4_000], steadyAfterMs: 60_000 }

/** An end that nobody asked for, after which the server is started again. */
export interface UnexpectedEnd extends ProcessEnd {
  restartInMs: number
}

export interface Supervision {
  restarts?: RestartPolicy | undefined
  /** The server has ended by itself, or did not come up again. */
  onEnd?(end: UnexpectedEnd): void
  /** It takes connections again. */
  onRestart?(): void
}

/** Keeps a server running: one that ends by itself is started again, within the policy. */
export function keepRunning(
  launch: () => PostgresProcess,
  { first, restarts = defaultPolicy, onEnd, onRestart }: Supervision & { first: PostgresProcess },
) {
  const stopping = new AbortController()
  const choosePause = countRestarts(restarts)
  let current = first

  /** Gives the last end, or undefined when the server was stopped. */
  async function supervise(): Promise<ProcessEnd | undefined> {
    for (;;) {
      const end = await current.ended
      if (stopping.signal.aborted) return undefined
      const restartInMs = choosePause(end.upMs)
      if (restartInMs === undefined) return end
      onEnd?.({ ...end, restartInMs })
      if (!(await pause(restartInMs, stopping.signal))) return undefined
      current = launch()
      void current.ready.then(onRestart)
    }
  }

  const supervised = supervise()
  return {
    /** Resolves once the server is not started again; with its last end, or with undefined when it was stopped. */
    over: supervised,
    async stop(): Promise<void> {
      stopping.abort()
      await current.stop()
      await supervised
    },
  }
}

/** Gives the pause before each restart; undefined when there have been too many in a row. */
function countRestarts({ pausesMs, steadyAfterMs }: RestartPolicy): (upMs: number) => number | undefined {
  let count = 0
  return (upMs) => {
    if (upMs >= steadyAfterMs) count = 0
    return pausesMs[count++]
  }
}

/** Whether the pause passed without the signal. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, undefined, { signal }).then(
    () => !signal.aborted,
    () => false,
  )
}
