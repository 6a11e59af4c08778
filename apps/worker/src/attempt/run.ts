import { type AppSpec, FailureError, type JobFailure, type JobKind, type JobMessage } from '@stevedore/contract'
import type { Job } from '@stevedore/ledger'
import type { Away } from '../sites/sites.ts'
import type { Worker } from '../worker.ts'
import { judgeFailure } from './judge-failure.ts'
import type { Lease } from './lease.ts'
import type { AttemptLedger } from './ledger.ts'
import type { Attempt } from './open.ts'
import { type Outcome, outcomeOfError, redactFailure } from './outcome.ts'
import type { Output } from './output.ts'
import { openSecretStore, type SecretStore } from './secrets.ts'
import { openSteps, type Steps } from './steps.ts'

/** One attempt, as its handler sees it. */
export interface Run<K extends JobKind = JobKind> extends Steps, Pick<Output, 'log' | 'event' | 'redact'> {
  worker: Worker
  job: Job<K>
  spec: AppSpec
  message: JobMessage
  ledger: AttemptLedger
  secrets: SecretStore
  /** Ends the work: cancel, abort, lost lease, end of the grace. */
  signal: AbortSignal
  /** Ends only what may not go on at all: for the way back after a stop. */
  leaseSignal: AbortSignal
  /** What people have asked of the job. */
  control: Lease['control']
  /** Whether the ledger would give this failure another attempt. */
  willRetry(failure: JobFailure): boolean
}

/** Runs one attempt of one kind of job. Returns how it ended; throws FailureErrors and stops as they come. */
export type Handler<K extends JobKind> = (run: Run<K>) => Promise<Outcome>
/** A kind without a handler does not compile. */
export type Handlers = { [K in JobKind]: Handler<K> }

/**
 * Gives the job to its handler. Whatever comes of it is an outcome, with nothing in it that is to stay hidden.
 * @param absence what the job needs and no worker has: then it waits, and its handler is not troubled
 */
export async function run(attempt: Attempt, handlers: Handlers, absence?: Away): Promise<Outcome> {
  const { signal, output } = attempt
  try {
    if (absence) waitFor(attempt, absence)
    const opened = await openRun(attempt)
    return redactOutcome(await handle(handlers, opened.job.kind, opened), output)
  } catch (error) {
    // What a vendor makes of an aborted signal says less than why it was aborted.
    const cause = signal.aborted && !(error instanceof FailureError) ? signal.reason : error
    return redactOutcome(outcomeOfError(cause), output)
  }
}

/** Once nobody is patient any more, or wants it to end, its handler ends it: only that knows what is to be undone. */
function waitFor(attempt: Attempt, { site, since, failure: { code, diagnosis } }: Away): void {
  const said = `no worker can do this: ${site} does not answer since ${since.toISOString()} (${diagnosis})`
  const failure = new FailureError(code, { diagnosis: said })
  if (!attempt.signal.aborted && judgeFailure(attempt, failure.toFailure(), 0).again) throw failure
}

function handle<K extends JobKind>(handlers: Handlers, kind: K, opened: Run<K>): Promise<Outcome> {
  return handlers[kind](opened)
}

async function openRun(attempt: Attempt): Promise<Run> {
  const { worker, job, message, ledger, lease, output, signal } = attempt
  const { app, specVersion } = job
  const spec = await worker.specs.find(app, specVersion, () => ledger.getSpecVersion(app, specVersion))
  if (!spec) throw new Error(`version ${specVersion} of the spec of ${app} is gone`)
  return {
    ...{ worker, job, spec, message, ledger, signal },
    // The first attempt comes after none.
    ...openSteps(attempt, message.attempt === 1 ? [] : await ledger.listSteps(job.id)),
    log: output.log,
    event: output.event,
    redact: output.redact,
    secrets: openSecretStore({ ledger, spec, hide: output.hide }),
    leaseSignal: lease.signal,
    control: lease.control,
    willRetry: (failure) => judgeFailure(attempt, failure, 0).again,
  }
}

function redactOutcome(outcome: Outcome, { redact }: Output): Outcome {
  return outcome.type === 'failed' ? { ...outcome, failure: redactFailure(outcome.failure, redact) } : outcome
}
