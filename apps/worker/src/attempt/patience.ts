import { retryCall } from '@stevedore/engine'
import { isLedgerAway } from '@stevedore/ledger'

const retryPauseMs = 300

/**
 * Repeats a ledger call while the ledger is away, until the signal ends it: work goes on under a valid lease, and a new step begins
 * only when its intent is written. The calls are keyed, so that one whose answer was lost can be repeated.
 */
export async function patiently<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  return retryCall(call, { signal, pauseMs: (error) => (isLedgerAway(error) ? retryPauseMs : undefined) })
}
