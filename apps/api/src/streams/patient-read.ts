import { setTimeout as sleep } from 'node:timers/promises'
import { isLedgerAway } from '@stevedore/ledger'
import { outsideTraces } from '@stevedore/telemetry'
import type { OpenStreams } from './open-streams.ts'

const pauseMs = 1_000

/**
 * Reads when it is this stream's turn, and again while the ledger is away: an open stream outlasts a restart of it. `undefined` once the
 * stream ends.
 */
export async function readPatiently<T>(
  streams: Pick<OpenStreams, 'read'>,
  read: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      // A stream may read for hours: its request's trace would be nothing but that.
      return await outsideTraces(() => streams.read(async () => (signal.aborted ? undefined : read())))
    } catch (error) {
      if (!isLedgerAway(error)) throw error
      // The end of the stream cuts the pause short.
      await sleep(pauseMs, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}
