import type { JobMessage } from '@stevedore/contract'
import { retryCall } from '@stevedore/engine'
import { type By, claimJob, getJob, isLedgerAway, type Job, renewLease } from '@stevedore/ledger'
import type { Worker } from '../worker.ts'

export interface Claimed {
  job: Job
  message: JobMessage
  by: By
  /** Of the monotonic clock. */
  startedAtMs: number
}

const retryPauseMs = 300

/**
 * Takes the job for this worker, or nothing when another has it. A ledger that is away costs no attempt: a claim whose answer was lost is
 * asked after, for as long as it would last; after that the message comes again. Whoever calls sees to it that this process claims an
 * attempt once at a time.
 */
export async function claim(worker: Worker, message: JobMessage): Promise<Claimed | undefined> {
  const { closing, config } = worker
  let isInDoubt = false
  // The commit of an earlier try may still be on its way: to claim waits for its end, after which the attempt is this worker's or not.
  const tryToClaim = async () => (await claimNow(worker, message)) ?? (isInDoubt ? findOwn(worker, message) : undefined)
  return retryCall(tryToClaim, {
    signal: closing,
    patienceMs: config.leaseMs,
    pauseMs(error) {
      isInDoubt = true
      return isLedgerAway(error) ? retryPauseMs : undefined
    },
  })
}

async function claimNow(worker: Worker, message: JobMessage): Promise<Claimed | undefined> {
  const { by, ...lease } = describeClaim(worker, message)
  const startedAtMs = performance.now()
  const job = await claimJob(worker.ledger, { ...message, ...lease, by })
  return job && { job, message, by: speakFor(job, by), startedAtMs }
}

/** What an earlier try claimed without learning of it, with a lease from now on. */
async function findOwn(worker: Worker, message: JobMessage): Promise<Claimed | undefined> {
  const { by, ...lease } = describeClaim(worker, message)
  const startedAtMs = performance.now()
  if (!(await renewLease(worker.ledger, { ...message, ...lease }))) return undefined
  const job = await getJob(worker.ledger, message.jobId)
  return job && { job, message, by: speakFor(job, by), startedAtMs }
}

function speakFor({ correlationId, traceparent }: Job, { actor }: By): By {
  return { actor, correlationId, traceparent: traceparent ?? undefined }
}

function describeClaim({ id: workerId, config }: Worker, { jobId }: JobMessage) {
  return { workerId, leaseMs: config.leaseMs, by: { actor: `worker:${workerId}`, correlationId: jobId } }
}
