import type { JobView, WorkerView } from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import type { State } from '../../state.ts'

export interface Queue {
  /** Queued, running and waiting, newest first. */
  jobs: JobView[]
  /** There are more than are shown. */
  isCut: boolean
  /** null where the token does not reach the whole server. */
  workers: WorkerView[] | null
}

/** More than a person reads; and what is shown here is read again with each event. */
const mostJobs = 1_000

export async function loadQueue(state: State, signal: AbortSignal): Promise<Queue> {
  const [jobs, workers] = await Promise.all([
    listJobs(signal),
    state.me?.server ? ask('listWorkers', { signal }).then(({ items }) => items) : null,
  ])
  return { ...jobs, workers }
}

/** The oldest of them matter most, and come last. */
async function listJobs(signal: AbortSignal): Promise<{ jobs: JobView[]; isCut: boolean }> {
  const jobs: JobView[] = []
  let cursor: string | undefined
  do {
    const query = { state: 'queued,running,waiting', limit: 200, cursor }
    const page = await ask('listJobs', { query, signal })
    jobs.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor && jobs.length < mostJobs)
  return { jobs, isCut: cursor !== undefined }
}
