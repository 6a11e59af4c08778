import { FailureError } from '@stevedore/contract'
import { findLostJobs, type JobInUpkeep, resendUnclaimed, type Transition, transitionJob } from '@stevedore/ledger'
import type { Worker } from '../worker.ts'
import { forEachJob } from './for-each-job.ts'
import { type Loop, startLoop } from './loop.ts'

const lookMs = 1_000
/** Long enough for a worker that is merely busy; a message that is still there collapses with its repeat. */
const resendAfterMs = 10_000
const batch = 100

/** Takes jobs from workers that are gone, and sends messages again that no worker claimed. */
export function startRescuer(worker: Worker): Loop {
  const { ledger, logger, metrics } = worker
  return startLoop(worker, {
    name: 'rescuer',
    intervalMs: lookMs,
    async run() {
      const lost = await findLostJobs(ledger, { limit: batch })
      await forEachJob(worker, lost, async (job) => {
        const moved = await transitionJob(ledger, {
          jobId: job.id,
          from: { state: 'running', attempt: job.attempt },
          transition: rescue(job),
          by: { actor: `worker:${worker.id}`, correlationId: job.correlationId },
        })
        if (!moved) return
        metrics.jobRescues.inc({ reason: 'worker-lost' })
        if (moved.state === 'failed') metrics.tasksProcessed.inc({ kind: job.kind, outcome: 'failed' })
        logger.warn({ jobId: job.id, attempt: job.attempt, lostWorker: job.workerId, to: moved.state }, 'worker lost')
      })
      const resent = await resendUnclaimed(ledger, { afterMs: resendAfterMs, limit: batch })
      if (resent > 0) metrics.jobRescues.inc({ reason: 'unclaimed' }, resent)
      return lost.length === batch
    },
  })
}

/** What has begun something outside the ledger gets one attempt more than others: it only cleans up, after a deploy returned the traffic. */
export function rescue(job: JobInUpkeep): Transition {
  const attempts = job.kind === 'build' || job.kind === 'push' ? job.maxLosses : job.maxLosses + 1
  if (job.losses + 1 < attempts) return { to: 'queued', counts: 'loss', reason: 'worker-lost' }
  const diagnosis = `the worker ${job.workerId ?? ''} was lost, as ${job.losses} before it`
  return { to: 'failed', counts: 'loss', failure: new FailureError('worker-lost', { diagnosis }).toFailure() }
}
