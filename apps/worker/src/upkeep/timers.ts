import { findDueJobs, transitionJob } from '@stevedore/ledger'
import type { Worker } from '../worker.ts'
import { forEachJob } from './for-each-job.ts'
import { type Loop, startLoop } from './loop.ts'

const lookMs = 500
const batch = 200

/** Brings back the jobs whose wait is over: retries, timed pauses. Two workers may find the same one; the transition lets one win. */
export function startTimers(worker: Worker): Loop {
  const { ledger, id } = worker
  return startLoop(worker, {
    name: 'timers',
    intervalMs: lookMs,
    async run() {
      const due = await findDueJobs(ledger, { limit: batch })
      await forEachJob(worker, due, async (job) => {
        await transitionJob(ledger, {
          jobId: job.id,
          from: { state: 'waiting', attempt: job.attempt },
          transition: { to: 'queued', reason: 'due' },
          by: { actor: `worker:${id}`, correlationId: job.correlationId },
        })
      })
      return due.length === batch
    },
  })
}
