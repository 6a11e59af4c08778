import { operations } from '@stevedore/contract'
import { listJobs } from '@stevedore/ledger'
import { cutPage, readCursor } from '../../page.ts'
import { defineRoute } from '../../route.ts'
import { viewJob } from '../../views/job-view.ts'

export const listJobsRoute = defineRoute(operations.listJobs, {
  async handle({ context: { ledger }, query, token }) {
    const { cursor: _cursor, limit, ...filters } = query
    const list = { ledger, name: 'jobs', query }
    const before = readCursor(list)
    const scope = { app: token.app, environment: token.environment }
    const found = await listJobs(ledger, { ...dropAbsent({ ...filters, before }), limit: limit + 1, scope })
    const { items, next } = cutPage(list, found, (job) => job.seq)
    return { items: await Promise.all(items.map((job) => viewJob(ledger, job))), next }
  },
})

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function dropAbsent<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Present<T>
}
