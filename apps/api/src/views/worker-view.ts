import type { WorkerView } from '@stevedore/contract'
import type { KnownWorker } from '@stevedore/ledger'

export function viewWorker({ away, startedAt, seenAt, ...known }: KnownWorker): WorkerView {
  const { id, version, kinds, concurrency, running, sites, live } = known
  return {
    ...{ id, version, kinds, concurrency, running, sites, live },
    away: away.map(({ site, since, reason }) => ({ site, since: since.toISOString(), reason })),
    startedAt: startedAt.toISOString(),
    seenAt: seenAt.toISOString(),
  }
}
