import type { EnvironmentView, JobView, WorkerView } from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import { listEveryEnvironment } from '../../api/environments.ts'
import { listUnfinished } from '../../api/jobs.ts'
import { RefusedError } from '../../api/problem.ts'
import type { State } from '../../state.ts'

export interface Overview {
  environments: EnvironmentView[]
  /** Apps that are declared, those that run nowhere included. */
  apps: string[]
  /** Queued, running and waiting, newest first. */
  unfinished: JobView[]
  /** The last that failed. */
  failed: JobView[]
  /** null where the token does not reach the whole server. */
  workers: WorkerView[] | null
}

export async function loadOverview(state: State, signal: AbortSignal): Promise<Overview> {
  const [environments, apps, unfinished, failed, workers] = await Promise.all([
    listEveryEnvironment(signal),
    ask('listApps', { signal }),
    listUnfinished(signal),
    ask('listJobs', { query: { state: 'failed', limit: 20 }, signal }),
    state.me?.server ? ask('listWorkers', { signal }).then(({ items }) => items, ignoreRefusal) : null,
  ])
  return {
    environments,
    apps: apps.items.map(({ app }) => app),
    unfinished,
    failed: failed.items,
    workers,
  }
}

function ignoreRefusal(error: unknown): null {
  if (error instanceof RefusedError) return null
  throw error
}
