import type { EnvironmentView, JobView, ListedApp } from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import { listEveryEnvironment } from '../../api/environments.ts'

/** A deploy that waits for somebody to approve it, and what it can be held against. */
export interface Pending {
  job: JobView
  /** Undefined of one that the ledger knows nothing of yet. */
  environment: EnvironmentView | undefined
  /** Undefined where it was retired. */
  app: ListedApp | undefined
}

export interface Approvals {
  /** The oldest first: it has waited for the longest. */
  pending: Pending[]
  isCut: boolean
}

export async function loadApprovals(signal: AbortSignal): Promise<Approvals> {
  const query = { state: 'waiting', waitingFor: 'approval', limit: 200 }
  const [jobs, environments, apps] = await Promise.all([
    ask('listJobs', { query, signal }),
    listEveryEnvironment(signal),
    ask('listApps', { signal }),
  ])
  const pending = jobs.items.map((job) => ({
    job,
    environment: environments.find((one) => one.app === job.app && one.environment === job.environment),
    app: apps.items.find(({ app }) => app === job.app),
  }))
  return { pending: pending.reverse(), isCut: jobs.next !== null }
}
