import type { JobControl, JobMessage } from '@stevedore/contract'
import { type Logger, redactLogs } from '@stevedore/telemetry'
import type { Worker } from '../worker.ts'
import type { Claimed } from './claim.ts'
import { holdLease, type Lease } from './lease.ts'
import { type AttemptLedger, openAttemptLedger } from './ledger.ts'
import { continueOutage, type Outage } from './outage.ts'
import { type Output, openOutput } from './output.ts'
import { Stop } from './stop.ts'

/** One attempt at a job, from its claim to its end. */
export interface Attempt extends Claimed {
  worker: Worker
  logger: Logger
  lease: Lease
  output: Output
  ledger: AttemptLedger
  outage: Outage
  /** Ends the work: cancel, abort, lost lease, end of the grace. */
  signal: AbortSignal
  /** What the attempt hides from its output is hidden from the log of the service as well, until this is called. */
  showInLogs(): void
}

/** The attempts that this process runs, so that what people ask of a job reaches the right one at once. */
export type OpenAttempts = Map<string, Pick<Lease, 'refresh'>>

/** Begins to hold the lease and to listen to what people ask of the job. */
export function open(worker: Worker, openAttempts: OpenAttempts, claimed: Claimed): Attempt {
  const { job, message, by } = claimed
  const logger = worker.logger.child({ ...message, correlationId: job.correlationId })
  const stop = new AbortController()
  const lease = holdLease({
    leases: worker.leases,
    holder: { ...message, workerId: worker.id, leaseMs: worker.config.leaseMs },
    claimedAtMs: claimed.startedAtMs,
    control: job.control,
    onControl: (control) => obey(control, stop),
  })
  openAttempts.set(job.id, lease)
  // What was asked while it waited comes with the claim; nothing tells of it again.
  obey(job.control, stop)
  worker.metrics.leasesHeld.inc()
  if (job.queuedAt)
    worker.metrics.jobWait.observe({ kind: job.kind }, Math.max(0, (Date.now() - job.queuedAt.getTime()) / 1000))
  logger.info({ kind: job.kind, app: job.app, environment: job.environment }, 'attempt started')
  const output = openOutput({
    ...{ ledger: worker.ledger, message, logger, metrics: worker.metrics },
    ...{ limitBytes: worker.config.maxLogBytes, logBytes: job.logBytes },
  })
  return {
    ...claimed,
    ...{ worker, logger, lease, output },
    outage: continueOutage(job, { atMs: claimed.startedAtMs, at: readClaimTime(job, worker.config.leaseMs) }),
    showInLogs: redactLogs(output.redact),
    ledger: openAttemptLedger({ ledger: worker.ledger, message, by, signal: lease.signal, pass: worker.pass }),
    signal: AbortSignal.any([stop.signal, lease.signal, worker.closing]),
  }
}

/** By the ledger's clock, which the lease was counted from. */
function readClaimTime({ leaseUntil }: Claimed['job'], leaseMs: number): Date {
  return new Date((leaseUntil?.getTime() ?? Date.now()) - leaseMs)
}

function obey(control: JobControl, stop: AbortController): void {
  if (stop.signal.aborted) return
  if (control.cancel) stop.abort(new Stop('cancelled'))
  else if (control.abort) stop.abort(new Stop('aborted'))
}

/** Lets the lease go and removes what the attempt had on this machine. */
export async function close(attempt: Attempt, openAttempts: OpenAttempts): Promise<void> {
  const { worker, job, message, lease, logger } = attempt
  lease.release()
  // One that lost its lease may end after the next has begun.
  if (openAttempts.get(job.id) === lease) openAttempts.delete(job.id)
  worker.metrics.leasesHeld.dec()
  await worker.workspace
    .remove(nameFiles(message))
    .catch((error: unknown) => logger.warn({ err: error }, 'the files of the attempt are left to the sweeper'))
  attempt.showInLogs()
}

/** The folder of an attempt in the workspace: an earlier one of the job may still be clearing up when this one begins. */
export function nameFiles({ jobId, attempt }: JobMessage): string {
  return `${jobId}-${attempt}`
}
