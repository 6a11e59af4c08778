import { setTimeout as delay } from 'node:timers/promises'

/**
 * Asks again and again, for a fact that nothing tells of: an outside process that becomes reachable, say. What a part of Stevedore does
 * is waited for on a signal of its own.
 * @param what ends the error's sentence: `waited 10 s in vain for WHAT`
 * @param ask gives undefined or false as long as it is not so
 */
export async function waitUntil<T>(
  what: string,
  ask: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 50 } = {},
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (isGiven(answer)) return answer
    if (performance.now() > end) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`)
    await delay(intervalMs)
  }
}

function isGiven<T>(answer: T): answer is Exclude<T, undefined | false> {
  return answer !== undefined && answer !== false
}
