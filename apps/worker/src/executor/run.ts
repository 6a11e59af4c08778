import type { AppSpec, EventType, JobControl, JobFailure, JobMessage } from '@stevedore/contract'
import { decideRetry } from '@stevedore/domain'
import { type WorkContext, withDeadline } from '@stevedore/engine'
import { type By, beginStep, checkFence, endStep, type Job } from '@stevedore/ledger'
import { withSpan } from '@stevedore/telemetry'
import type { Worker } from '../worker.ts'
import type { Lease } from './lease.ts'
import { failureOf } from './outcome.ts'
import type { Output } from './output.ts'
import { patiently } from './patience.ts'
import { Stop } from './stop.ts'

/** One attempt at a job, as its handler sees it. */
export interface Run {
  worker: Worker
  job: Job
  spec: AppSpec
  message: JobMessage
  by: By
  /** Ends the work: cancel, abort, lost lease, end of the grace. */
  signal: AbortSignal
  /** Ends only what may not go on at all: for the way back after a stop. */
  leaseSignal: AbortSignal
  log(line: string): void
  event(type: EventType, data: Record<string, unknown>): void
  hide(values: readonly string[]): void
  redact(text: string): string
  control(): JobControl
  /** How many steps there will be, for the progress. */
  expectSteps(count: number): void
  /** Results of steps that earlier attempts finished, by name. */
  finished: ReadonlyMap<string, unknown>
  /**
   * A durable part of the job: its row opens, the work runs, its row closes with the result. Where an earlier attempt finished it,
   * that result is given and nothing runs, unless `always`: then the work must be safe to repeat.
   */
  step<T>(name: string, work: (context: WorkContext) => Promise<T>, options?: StepOptions): Promise<T>
  /** Whether the ledger would give this failure another attempt. */
  willRetry(failure: JobFailure): boolean
}

export interface StepOptions {
  timeoutMs?: number
  signal?: AbortSignal
  always?: boolean
}

const longestStepMs = 24 * 3_600_000

interface RunParts {
  worker: Worker
  job: Job
  spec: AppSpec
  by: By
  signal: AbortSignal
  lease: Lease
  output: Output
  finished: ReadonlyMap<string, unknown>
}

export function openRun(parts: RunParts): Run {
  const { worker, job, lease, output, by } = parts
  const message = { jobId: job.id, attempt: job.attempt }
  const { ledger } = worker
  // Steps that earlier attempts finished keep their places; what is done now comes after them.
  let position = parts.finished.size
  let expected = 10

  function contextOf(signal: AbortSignal, at: number): WorkContext {
    return {
      jobId: job.id,
      correlationId: job.correlationId,
      signal,
      fence: () => patiently(signal, () => checkFence(ledger, message)),
      log: output.log,
      event: output.event,
      progress: (fraction) =>
        output.progress(Math.floor(((at - 1 + Math.min(1, fraction)) / Math.max(expected, at)) * 100)),
    }
  }

  async function step<T>(
    name: string,
    work: (context: WorkContext) => Promise<T>,
    options: StepOptions = {},
  ): Promise<T> {
    const { timeoutMs = longestStepMs, signal = parts.signal, always = false } = options
    if (!parts.finished.has(name)) position += 1
    const at = Math.max(1, position)
    signal.throwIfAborted()
    await output.flush()
    const begun = await patiently(signal, () => beginStep(ledger, { ...message, name, position: at }))
    if (begun.done && !always) return begun.result as T
    const result = await attempt(name, signal, () =>
      withDeadline(name, timeoutMs, signal, (ends) => withSpan(name, { job: job.id }, () => work(contextOf(ends, at)))),
    )
    await output.flush()
    if (!begun.done)
      await patiently(lease.signal, () =>
        endStep(ledger, { ...message, name, state: 'succeeded', result: result ?? null }),
      )
    output.progress(Math.floor((at / Math.max(expected, at)) * 100))
    return result
  }

  async function attempt<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const cause = signal.aborted ? signal.reason : error
      const stopped = cause instanceof Stop
      const closing = { ...message, name, state: stopped ? 'cancelled' : 'failed' } as const
      const failure = stopped ? {} : { failure: redactFailure(failureOf(cause), output) }
      await patiently(lease.signal, () => endStep(ledger, { ...closing, ...failure })).catch(() => undefined)
      throw cause
    }
  }

  return {
    worker,
    job,
    spec: parts.spec,
    message,
    by,
    signal: parts.signal,
    leaseSignal: lease.signal,
    log: output.log,
    event: output.event,
    hide: output.hide,
    redact: output.redact,
    control: lease.control,
    expectSteps: (count) => {
      expected = count
    },
    finished: parts.finished,
    step,
    willRetry: (failure) => decideRetry(failure, job, 0).again,
  }
}

export function redactFailure(failure: JobFailure, output: Pick<Output, 'redact'>): JobFailure {
  const { diagnosis, detail } = failure
  return {
    ...failure,
    message: output.redact(failure.message),
    ...(diagnosis === undefined ? {} : { diagnosis: output.redact(diagnosis) }),
    ...(detail === undefined ? {} : { detail: output.redact(detail) }),
  }
}
