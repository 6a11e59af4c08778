import type { AppSpec, EnvironmentView, JobView, ListedApp } from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import { listEveryEnvironment } from '../../api/environments.ts'

/** A deploy that waits for somebody to approve it, and what it can be held against. */
export interface Pending {
  job: JobView
  /** Undefined of one that the ledger knows nothing of yet. */
  environment: EnvironmentView | undefined
  /** Undefined where it was retired. */
  app: ListedApp | undefined
  /** In the version that the deploy works by; undefined where that cannot be had. */
  spec: AppSpec | undefined
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
  const pending = jobs.items.map(async (job): Promise<Pending> => {
    const app = apps.items.find((one) => one.app === job.app)
    const environment = environments.find((one) => one.app === job.app && one.environment === job.environment)
    return { job, environment, app, spec: await readSpec(job, app, signal) }
  })
  return { pending: (await Promise.all(pending)).reverse(), isCut: jobs.next !== null }
}

async function readSpec({ app, specVersion }: JobView, now: ListedApp | undefined, signal: AbortSignal) {
  if (now?.specVersion === specVersion) return now.spec
  const asked = ask('getSpecVersion', { params: { app, number: specVersion }, signal })
  return asked.then(
    ({ spec }) => spec,
    () => undefined,
  )
}
