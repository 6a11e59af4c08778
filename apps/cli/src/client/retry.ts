import { setTimeout as delay } from 'node:timers/promises'
import { CliError, exitStatus } from '../exit.ts'
import { Refusal } from './refusal.ts'

const pauseMs = 250

/**
 * Repeats a request while the server is away, for at most `patienceMs`. What is not safe to repeat carries an Idempotency-Key or
 * is decided by the state it would change.
 */
export async function retryWhileAway<T>(
  request: () => Promise<T>,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      return await request()
    } catch (error) {
      if (!(isAway(error) || isFull(error)) || signal?.aborted || performance.now() + pauseMs > giveUpAt) throw error
      await delay(pauseMs, undefined, { signal })
    }
  }
}

/** Too many are following now: a place is free as soon as one of them ends. */
function isFull(error: unknown): boolean {
  return error instanceof Refusal && error.problem.type.endsWith('/too-many-streams')
}

/**
 * Refused connections and lost ones (fetch says `TypeError`), and 502 to 504 of a server or a proxy before it. A body that failed while
 * it was sent is a `TypeError` as well, but caused by an error of our own.
 */
export function isAway(error: unknown): boolean {
  if (error instanceof Refusal) return error.status === exitStatus.unreachable
  return error instanceof TypeError && 'cause' in error && !(error.cause instanceof CliError)
}
