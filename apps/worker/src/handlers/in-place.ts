import { durationMs, FailureError, type JobFailure } from '@stevedore/contract'
import { withDeadline } from '@stevedore/engine'
import type { Revision } from '@stevedore/ledger'
import { failureOf, type Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { Stop } from '../attempt/stop.ts'
import { describeServed, tryObserve } from './rollout/observe.ts'
import { allowForStops } from './rollout/stop-allowance.ts'
import { joinLines } from './rollout/way-back.ts'

/** What is done to what serves, and how it is taken back; either may be done again. */
interface Change {
  forth(signal: AbortSignal): Promise<void>
  back(options: { signal: AbortSignal; timeoutMs: number }): Promise<void>
}

/**
 * Changes what serves without another revision. What fails for good, or is told to end, is taken back.
 * @returns how the attempt ends where it was not done, undefined where it was
 */
export async function changeInPlace(
  run: Run<'deploy'>,
  serving: Revision,
  change: Change,
): Promise<Outcome | undefined> {
  try {
    run.signal.throwIfAborted()
    if (run.job.losses >= run.job.maxLosses) throw new FailureError('worker-lost')
    const timeoutMs = durationMs(serving.settings.timeout) + allowForStops([serving.settings], 2)
    await withDeadline('the change', timeoutMs, run.signal, (signal) => change.forth(signal))
    return undefined
  } catch (error) {
    return giveUp(run, serving, change, run.signal.aborted ? run.signal.reason : error)
  }
}

async function giveUp(run: Run<'deploy'>, serving: Revision, change: Change, cause: unknown): Promise<Outcome> {
  const stop = cause instanceof Stop ? cause.reason : undefined
  if (stop === 'lease-lost' || stop === 'handing-over') throw cause
  const failure = stop ? explainStop(stop).toFailure() : failureOf(cause)
  if (!stop && run.willRetry(failure)) return { type: 'failed', failure }
  const trouble = await takeBack(run, serving, change)
  const traffic = describeServed(await tryObserve(run, serving))
  if (trouble) return { type: 'failed', failure: explain(failure, trouble, traffic) }
  if (stop === 'cancelled') return { type: 'cancelled', result: { traffic } }
  return { type: 'failed', failure: { ...failure, diagnosis: joinLines(failure.diagnosis, traffic) } }
}

function explainStop(reason: 'cancelled' | 'aborted'): FailureError {
  if (reason === 'cancelled') return new FailureError('cancelled')
  return new FailureError('aborted', { message: 'The change was aborted; what it had begun is taken back' })
}

const takeBackMs = 10 * 60_000

async function takeBack(
  run: Run<'deploy'>,
  { number, settings }: Revision,
  change: Change,
): Promise<JobFailure | undefined> {
  run.log(`returning to revision ${number} as it was`)
  const timeoutMs = takeBackMs + allowForStops([settings], 2)
  try {
    await change.back({ signal: run.leaseSignal, timeoutMs })
    return undefined
  } catch (error) {
    if (error instanceof Stop) throw error
    return failureOf(error)
  }
}

function explain(failure: JobFailure, trouble: JobFailure, traffic: string): JobFailure {
  const lines = [failure, trouble].map(({ code, message, diagnosis }) => `${code}: ${diagnosis ?? message}`)
  return { ...new FailureError('needs-attention').toFailure(), diagnosis: joinLines(...lines, traffic) }
}
