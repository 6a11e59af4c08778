import { findDueJobs, type Ledger, transitionJob } from '@stevedore/ledger'
import type { Logger } from '@stevedore/telemetry'
import { type Loop, startLoop } from './loop.ts'

const lookMs = 500
const batch = 200

/** Brings back the jobs whose wait is over: retries, timed pauses. Two workers may find the same one; the transition lets one win. */
export function startTimers({ ledger, workerId, logger }: { ledger: Ledger; workerId: string; logger: Logger }): Loop {
  return startLoop({
    name: 'timers',
    intervalMs: lookMs,
    logger,
    async run() {
      const due = await findDueJobs(ledger, { limit: batch })
      for (const job of due)
        await transitionJob(ledger, {
          jobId: job.id,
          from: { state: 'waiting', attempt: job.attempt },
          transition: { to: 'queued', reason: 'due' },
          by: { actor: `worker:${workerId}`, correlationId: job.correlationId },
        })
      return due.length === batch
    },
  })
}
