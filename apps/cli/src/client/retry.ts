import { setTimeout as delay } from 'node:timers/promises'
import { CliError, exitStatus } from '../exit.ts'
import { Refusal } from './refusal.ts'

const pauseMs = 250
/** A server that says when to come back is there, and waited for longer. */
const askedPatienceMs = 10_000

/**
 * Repeats a request while the server is away, for at most `patienceMs`. What is not safe to repeat carries an Idempotency-Key or
 * is decided by the state it would change.
 */
export async function retryWhileAway<T>(
  request: () => Promise<T>,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await request()
    } catch (error) {
      const waitMs = choosePause(error)
      if (waitMs === undefined || signal?.aborted) throw error
      if (performance.now() + waitMs > startedAt + choosePatience(error, patienceMs)) throw error
      await delay(waitMs, undefined, { signal })
    }
  }
}

function choosePatience(error: unknown, patienceMs: number): number {
  const isAsked = error instanceof Refusal && error.retryAfterMs !== undefined
  return isAsked && patienceMs > 0 ? Math.max(patienceMs, askedPatienceMs) : patienceMs
}

/** What the server asks for, and a little of our own beyond: many that were refused at once do not come back at once. */
function choosePause(error: unknown): number | undefined {
  if (!isAway(error) && !isFull(error)) return undefined
  const askedMs = error instanceof Refusal ? error.retryAfterMs : undefined
  return askedMs === undefined ? pauseMs : askedMs + Math.random() * pauseMs
}

/** Too many are following, or asking, now: there is room as soon as one of them ends. */
function isFull(error: unknown): boolean {
  return error instanceof Refusal && /\/(too-many-streams|rate-limited)$/.test(error.problem.type)
}

/**
 * Refused connections and lost ones (fetch says `TypeError`), and 502 to 504 of a server or a proxy before it. A body that failed while
 * it was sent is a `TypeError` as well, but caused by an error of our own.
 */
export function isAway(error: unknown): boolean {
  if (error instanceof Refusal) return error.status === exitStatus.unreachable
  return error instanceof TypeError && 'cause' in error && !(error.cause instanceof CliError)
}
