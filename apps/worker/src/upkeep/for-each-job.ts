import { isLedgerAway, type JobInUpkeep } from '@stevedore/ledger'
import type { Worker } from '../worker.ts'

/** One job after the other: what goes wrong with one of them is told, and holds up none behind it. */
export async function forEachJob(
  { logger }: Pick<Worker, 'logger'>,
  jobs: readonly JobInUpkeep[],
  work: (job: JobInUpkeep) => Promise<void>,
): Promise<void> {
  for (const job of jobs) {
    try {
      await work(job)
    } catch (error) {
      if (isLedgerAway(error)) throw error
      logger.error({ err: error, jobId: job.id, attempt: job.attempt }, 'a job could not be moved on')
    }
  }
}
