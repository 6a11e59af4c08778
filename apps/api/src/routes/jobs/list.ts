import { operations, type WaitReason } from '@stevedore/contract'
import { type Ledger, listJobs } from '@stevedore/ledger'
import { cutPage, readCursor } from '../../page.ts'
import { defineRoute } from '../../route.ts'
import { findUnserved } from '../../views/find-unserved.ts'
import { viewJob } from '../../views/job-view.ts'

export const listJobsRoute = defineRoute(operations.listJobs, {
  async handle({ context: { ledger }, query, token }) {
    const { cursor: _cursor, limit, waitingFor, ...filters } = query
    const list = { ledger, name: 'jobs', query }
    const before = readCursor(list)
    const scope = { app: token.app, environment: token.environment }
    const found = await listJobs(ledger, {
      ...dropAbsent({ ...filters, ...(await readWaits(ledger, waitingFor)), before }),
      limit: limit + 1,
      scope,
    })
    const { items, next } = cutPage(list, found, (job) => job.seq)
    return { items: await Promise.all(items.map((job) => viewJob(ledger, job))), next }
  },
})

/** What no row says, of a queued job, is found by the kinds that nobody takes. */
async function readWaits(ledger: Ledger, waitingFor: WaitReason[] | undefined) {
  const unserved = waitingFor?.includes('worker') ? [...(await findUnserved(ledger)).keys()] : undefined
  return { waitingFor, unserved }
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function dropAbsent<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Present<T>
}
