import { listAttentionNeeds, listEnvironments } from '@stevedore/ledger'
import { countReplicas } from '../views/count-replicas.ts'
import type { Figured } from './figured.ts'

/** From what workers have observed last, so that every process of the API tells the same. An environment that is gone is told no more. */
export async function showEnvironments({ ledger, metrics }: Figured): Promise<void> {
  const [environments, needs] = await Promise.all([listEnvironments(ledger), listAttentionNeeds(ledger)])
  metrics.environmentReplicasHealthy.reset()
  metrics.environmentReplicasDesired.reset()
  metrics.environmentDrifted.reset()
  metrics.environmentNeedsAttention.reset()
  for (const record of environments) {
    const count = countReplicas(record)
    const { app, environment, observed } = record
    if (count) metrics.environmentReplicasHealthy.set({ app, environment }, count.healthy)
    if (count) metrics.environmentReplicasDesired.set({ app, environment }, count.desired)
    metrics.environmentDrifted.set({ app, environment }, observed && observed.drift.length > 0 ? 1 : 0)
    metrics.environmentNeedsAttention.set({ app, environment }, 0)
  }
  for (const { app, environment } of needs) metrics.environmentNeedsAttention.set({ app, environment }, 1)
}
