import type { JobView, Page } from '@stevedore/contract'
import { send, writeQuery } from './client.ts'

/** Jobs that are queued, run or wait, newest first. */
export async function listUnfinished(signal: AbortSignal, filter: Record<string, string> = {}): Promise<JobView[]> {
  const query = writeQuery({ ...filter, state: 'queued,running,waiting', limit: 200 })
  const page: Page<JobView> = await (await send(`/v1/jobs${query}`, { signal })).json()
  return page.items
}
