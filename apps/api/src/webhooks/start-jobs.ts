import { type AppRecord, type By, enqueueJob, type Ledger } from '@stevedore/ledger'
import { chooseChains } from './choose-chains.ts'
import type { RepositoryEvent } from './delivery.ts'
import { prepareJob } from './prepare-job.ts'

export interface Started {
  jobs: string[]
  /** Why something was not started. */
  reasons: string[]
}

/** Records the jobs that the app's triggers ask for, under one idempotency key each. */
export async function startJobs(
  ledger: Ledger,
  app: AppRecord,
  events: readonly RepositoryEvent[],
  { by, key, bodyHash }: { by: By; key: string; bodyHash: string },
): Promise<Started> {
  const chains = events.flatMap((event) => chooseChains(app.spec, event).map((chain) => ({ event, chain })))
  const started: Started = { jobs: [], reasons: [] }
  if (chains.length === 0) started.reasons.push('no trigger of the app fits')
  for (const [index, { event, chain }] of chains.entries()) {
    const { job, reasons } = await prepareJob(ledger, app, event, chain)
    started.reasons.push(...reasons)
    if (!job) continue
    const idempotency = { key: `${key}:${index}`, bodyHash }
    started.jobs.push((await enqueueJob(ledger, { job, by, idempotency })).job.id)
  }
  return started
}
