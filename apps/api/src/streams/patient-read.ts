import { setTimeout as sleep } from 'node:timers/promises'
import { isLedgerAway } from '@stevedore/ledger'

const pauseMs = 1_000

/** Reads, and reads again while the ledger is away: an open stream outlasts a restart of it. `undefined` once the stream ends. */
export async function readPatiently<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await read()
    } catch (error) {
      if (!isLedgerAway(error)) throw error
      // The end of the stream cuts the pause short.
      await sleep(pauseMs, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}
