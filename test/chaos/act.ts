import { setTimeout as pause } from 'node:timers/promises'
import { FailureError } from '@stevedore/contract'
import type { WorkContext } from '@stevedore/engine'
import { getJob, isLedgerAway, type Ledger } from '@stevedore/ledger'
import type { Effect, Point, Script } from './script.ts'

/** @param isDue asked behind the fence, where an engine itself would: if not, there is no effect */
export type Act = (
  before: Point,
  after: Point,
  context: WorkContext,
  effect?: Effect,
  isDue?: () => boolean,
) => Promise<number>

/** Has one effect directly behind its fence and writes it down, with a place to be held before it and one after. Gives the attempt. */
export function createAct(script: Script, ledger: Ledger): Act {
  return async (before, after, context, effect, isDue = () => true) => {
    const { jobId, signal } = context
    const attempt = await readAttempt(ledger, jobId, signal)
    await script.pass(before, { jobId, attempt }, signal)
    reachEngine(script)
    const askedAt = Date.now()
    try {
      await context.fence()
    } catch (error) {
      script.note({ what: 'refused', point: before, jobId, attempt })
      throw error
    }
    if (isDue()) script.note({ what: 'did', point: before, jobId, attempt, askedAt, ...(effect && { effect }) })
    await script.pass(after, { jobId, attempt }, signal)
    reachEngine(script)
    return attempt
  }
}

/** An engine that goes away after an effect has had it, and its caller does not learn of it. */
export function reachEngine(script: Pick<Script, 'areEnginesAway'>): void {
  if (script.areEnginesAway()) throw new FailureError('engine-unreachable', { diagnosis: 'by the script' })
}

/** Real engines ask no ledger: that this one does is to be no fault of its own. */
async function readAttempt(ledger: Ledger, jobId: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    try {
      return (await getJob(ledger, jobId))?.attempt ?? 0
    } catch (error) {
      if (!isLedgerAway(error)) throw error
      await pause(100, undefined, { signal })
    }
  }
}
