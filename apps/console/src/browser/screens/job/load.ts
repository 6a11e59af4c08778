import type { JobDetailView, JobEvent, JobView } from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import { listEventsAfter } from '../../api/jobs.ts'
import type { Place, State } from '../../state.ts'
import { type JobScans, loadScans } from './scans.ts'

export interface JobData {
  job: JobDetailView
  /** All of its events so far, in their order. */
  events: JobEvent[]
  /** What it follows, and what follows of it: of a pipeline, or a retry. */
  parent: JobView | null
  followers: JobView[]
  scans: JobScans | undefined
}

/** What is known already of the same job is not asked for again. */
export async function loadJob({ params: { id = '' } }: Place, state: State, signal: AbortSignal): Promise<JobData> {
  const job = await ask('getJob', { params: { id }, signal })
  const known = findKnown(state, job.id)
  const [more, parent, siblings, scans] = await Promise.all([
    listEventsAfter(job.id, known.at(-1)?.seq ?? 0, signal),
    job.parentId === null ? null : ask('getJob', { params: { id: job.parentId }, signal }).catch(() => null),
    ask('listJobs', { query: { app: job.app, limit: 100 }, signal }),
    loadScans(job, signal),
  ])
  const followers = siblings.items.filter(({ parentId }) => parentId === job.id)
  return { job, events: [...known, ...more], parent, followers, scans }
}

function findKnown({ loaded }: State, id: string): JobEvent[] {
  const data = loaded.screen === 'job' ? (loaded.data as JobData | undefined) : undefined
  return data?.job.id === id ? data.events : []
}
