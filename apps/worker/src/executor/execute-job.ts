import type { JobControl, JobKind, JobMessage } from '@stevedore/contract'
import { type By, claimJob, getSpecVersion, type Job, listSteps } from '@stevedore/ledger'
import { handlers } from '../handlers/index.ts'
import type { Worker } from '../worker.ts'
import { holdLease, type Lease } from './lease.ts'
import { type Outcome, outcomeOfError } from './outcome.ts'
import { type Output, openOutput } from './output.ts'
import { patiently } from './patience.ts'
import { openRun, redactFailure } from './run.ts'
import { settleAttempt } from './settle.ts'
import { Stop } from './stop.ts'

/** Jobs that this process runs, so that a wish reaches the right one at once. */
export type RunningJobs = Map<string, { refresh(): Promise<void> }>

/** The whole life of one message: claim → hold the lease → run → settle → report. A message that claims nothing does nothing. */
export async function executeJob(
  worker: Worker,
  running: RunningJobs,
  message: JobMessage,
  kind: JobKind,
): Promise<void> {
  const job = await claim(worker, message)
  if (!job) return
  const started = performance.now()
  const by = actorOf(worker, job)
  const logger = worker.logger.child({ jobId: job.id, attempt: job.attempt, correlationId: job.correlationId })
  const stop = new AbortController()
  const lease = holdLease({
    ledger: worker.ledger,
    message: { jobId: job.id, attempt: job.attempt },
    workerId: worker.id,
    leaseMs: worker.config.leaseMs,
    control: job.control,
    onControl: (control) => obey(control, stop),
  })
  const output = openOutput(worker.ledger, message, logger)
  obey(job.control, stop)
  running.set(job.id, lease)
  worker.metrics.leasesHeld.inc()
  if (job.queuedAt && job.startedAt)
    worker.metrics.jobWait.observe({ kind }, Math.max(0, (Date.now() - job.queuedAt.getTime()) / 1000))
  logger.info({ kind, app: job.app, environment: job.environment }, 'attempt started')
  let outcome: Outcome
  try {
    outcome = await runHandler(
      worker,
      job,
      by,
      lease,
      output,
      AbortSignal.any([stop.signal, lease.signal, worker.closing]),
    )
    await output.close()
    outcome = await settle(worker, job, by, outcome, lease)
  } finally {
    lease.release()
    running.delete(job.id)
    worker.metrics.leasesHeld.dec()
  }
  worker.metrics.jobRun.observe({ kind, outcome: outcome.type }, (performance.now() - started) / 1000)
  logger.info(
    { kind, outcome: outcome.type, ...('failure' in outcome && { failure: outcome.failure }) },
    'attempt ended',
  )
}

/** A ledger that is away costs no attempt: nothing was claimed, and the message comes again. */
function claim(worker: Worker, message: JobMessage): Promise<Job | undefined> {
  const by = { actor: `worker:${worker.id}`, correlationId: message.jobId }
  return claimJob(worker.ledger, { ...message, workerId: worker.id, leaseMs: worker.config.leaseMs, by })
}

function actorOf(worker: Worker, job: Job): By {
  return { actor: `worker:${worker.id}`, correlationId: job.correlationId }
}

function obey(control: JobControl, stop: AbortController): void {
  if (stop.signal.aborted) return
  if (control.cancel) stop.abort(new Stop('cancelled'))
  else if (control.abort) stop.abort(new Stop('aborted'))
}

async function runHandler(
  worker: Worker,
  job: Job,
  by: By,
  lease: Lease,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const spec = await patiently(lease.signal, () => getSpecVersion(worker.ledger, job.app, job.specVersion))
    if (!spec) throw new Error(`version ${job.specVersion} of the spec of ${job.app} is gone`)
    const steps = await patiently(lease.signal, () => listSteps(worker.ledger, job.id))
    const finished = new Map(steps.filter((step) => step.state === 'succeeded').map((step) => [step.name, step.result]))
    const run = openRun({ worker, job, spec, by, signal, lease, output, finished })
    return redactOutcome(await handlers[job.kind](run), output)
  } catch (error) {
    const cause = signal.aborted && !(error instanceof Error && error.name === 'FailureError') ? signal.reason : error
    return redactOutcome(outcomeOfError(cause), output)
  }
}

function redactOutcome(outcome: Outcome, output: Output): Outcome {
  return outcome.type === 'failed' ? { ...outcome, failure: redactFailure(outcome.failure, output) } : outcome
}

async function settle(worker: Worker, job: Job, by: By, outcome: Outcome, lease: Lease): Promise<Outcome> {
  if (outcome.type === 'lost') return outcome
  const moved = await settleAttempt(worker, job, by, outcome, lease.signal).catch(() => undefined)
  if (!moved) return { type: 'lost' }
  if (moved.to === 'waiting' && moved.waitingFor === 'retry')
    worker.metrics.jobRetries.inc({ kind: job.kind, code: moved.failure?.code ?? 'internal' })
  else if (moved.to !== 'waiting' && moved.to !== 'queued')
    worker.metrics.tasksProcessed.inc({ kind: job.kind, outcome: moved.to })
  return outcome
}
