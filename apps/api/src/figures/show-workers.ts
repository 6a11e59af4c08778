import { jobKinds } from '@stevedore/contract'
import { listKnownWorkers } from '@stevedore/ledger'
import type { Figured } from './figured.ts'

/** One that drains takes nothing any more, and is not lost either. */
export async function showWorkers({ ledger, metrics }: Figured): Promise<void> {
  const workers = await listKnownWorkers(ledger)
  const live = workers.filter((worker) => worker.live)
  for (const kind of jobKinds)
    metrics.workersLive.set({ kind }, live.filter(({ kinds }) => kinds.includes(kind)).length)
  metrics.workersLost.set(workers.length - live.length)
}
