import type { JobMessage } from '@stevedore/contract'
import { type By, claimJob, type Job } from '@stevedore/ledger'
import type { Worker } from '../worker.ts'

export interface Claimed {
  job: Job
  message: JobMessage
  by: By
  /** Of the monotonic clock. */
  startedAtMs: number
}

/**
 * Takes the job for this worker, or nothing when another has it. A ledger that is away costs no attempt: nothing was claimed, and the
 * message comes again.
 */
export async function claim(worker: Worker, { jobId, attempt }: JobMessage): Promise<Claimed | undefined> {
  const actor = `worker:${worker.id}`
  const lease = { workerId: worker.id, leaseMs: worker.config.leaseMs }
  const startedAtMs = performance.now()
  const job = await claimJob(worker.ledger, { jobId, attempt, ...lease, by: { actor, correlationId: jobId } })
  if (!job) return undefined
  return { job, message: { jobId, attempt }, by: { actor, correlationId: job.correlationId }, startedAtMs }
}
