import { readStored, shapeOf } from '@stevedore/contract'
import { type WorkContext, withDeadline } from '@stevedore/engine'
import type { Step } from '@stevedore/ledger'
import { withSpan } from '@stevedore/telemetry'
import type { z } from 'zod'
import type { Attempt } from './open.ts'
import { failureOf, redactFailure } from './outcome.ts'
import { Stop } from './stop.ts'

export interface StepOptions {
  timeoutMs?: number
  /** Instead of the attempt's own. */
  signal?: AbortSignal
  /** Runs although an earlier attempt finished it: the work must be safe to repeat. */
  always?: boolean
}

/** The durable parts of a job. */
export interface Steps {
  /**
   * Opens the step's row, runs the work, closes the row with the result. Where an earlier attempt finished it, what that one kept is given
   * and nothing runs, unless `always`.
   * @param result what the step keeps, of the contract's `stepResults`
   */
  step<S extends z.ZodType>(
    name: string,
    result: S,
    work: (context: WorkContext) => Promise<z.output<S>>,
    options?: StepOptions,
  ): Promise<z.output<S>>
  /** What an earlier attempt kept of a step that it finished; undefined when none did. */
  kept<S extends z.ZodType>(name: string, result: S): z.output<S> | undefined
  isFinished(name: string): boolean
  /** How many steps there will be, for the progress. */
  expectSteps(count: number): void
}

const longestStepMs = 24 * 3_600_000

export function openSteps(attempt: Attempt, earlier: readonly Step[]): Steps {
  const finished = new Map(
    earlier.filter(({ state }) => state === 'succeeded').map(({ name, result }) => [name, result]),
  )
  const progress = trackProgress(attempt, finished.size)

  const steps: Steps = {
    async step(name, result, work, { timeoutMs = longestStepMs, signal = attempt.signal, always = false } = {}) {
      const position = progress.begin(finished.has(name))
      await attempt.output.flush()
      signal.throwIfAborted()
      const begun = await attempt.ledger.beginStep({ name, position })
      if (begun.done && !always) return readStored(`the result of step ${name}`, shapeOf(result), begun.result)
      const made = await closeFailed(attempt, name, signal, () =>
        withDeadline(name, timeoutMs, signal, (ends) =>
          withSpan(nameSpan(name), { attributes: { step: name } }, () =>
            work(openContext(attempt, ends, progress.within(position))),
          ),
        ),
      )
      await attempt.output.flush()
      const kept = result.parse(made)
      if (!begun.done) await attempt.ledger.endStep({ name, state: 'succeeded', result: kept })
      if (!begun.done) attempt.outage.end()
      progress.end(position)
      return kept
    },
    kept: (name, result) =>
      finished.has(name) ? readStored(`the result of step ${name}`, shapeOf(result), finished.get(name)) : undefined,
    isFinished: (name) => finished.has(name),
    expectSteps: progress.expect,
  }
  return steps
}

/** What is done: `step scale-up` of the step `3 scale-up r2 to 4`. */
function nameSpan(step: string): string {
  return `step ${/^(?:back )?(?:\d{1,6} )?([a-z-]{1,40})/.exec(step)?.[1] ?? 'other'}`
}

/** A step that ends badly is closed as such; the error goes on. */
async function closeFailed<T>(attempt: Attempt, name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const cause = signal.aborted ? signal.reason : error
    const closing =
      cause instanceof Stop
        ? ({ name, state: 'cancelled' } as const)
        : ({ name, state: 'failed', failure: redactFailure(failureOf(cause), attempt.output.redact) } as const)
    // When the lease is lost as well, the next attempt closes the step: what it says of this error would come too late.
    await attempt.ledger
      .endStep(closing)
      .catch((late: unknown) => attempt.logger.warn({ err: late, name }, 'step left open'))
    throw cause
  }
}

function openContext({ job, ledger, output }: Attempt, signal: AbortSignal, progress: (fraction: number) => void) {
  return {
    jobId: job.id,
    correlationId: job.correlationId,
    signal,
    fence: () => ledger.checkFence({}),
    log: output.log,
    awaitRoom: () => output.awaitRoom(signal),
    event: output.event,
    progress,
  }
}

/** A job's progress is the share of its steps that are done. What is done now comes after the steps that earlier attempts finished. */
function trackProgress({ output }: Attempt, finished: number) {
  let begun = finished
  let expected = 10
  const tell = (done: number, position: number) =>
    output.progress(Math.floor((done / Math.max(expected, position)) * 100))
  return {
    /** @returns the step's position, from 1 */
    begin(again: boolean): number {
      if (!again) begun += 1
      return Math.max(1, begun)
    },
    within: (position: number) => (fraction: number) => tell(position - 1 + Math.min(1, fraction), position),
    end: (position: number) => tell(position, position),
    expect(count: number) {
      expected = count
    },
  }
}
