import { operations } from '@stevedore/contract'
import {
  isLedgerAway,
  listAttentionNeeds,
  listCertificates,
  listEnvironments,
  readApprovalAge,
  readBackupAge,
  shareAnswer,
} from '@stevedore/ledger'
import type { Publisher, QueueDepth } from '@stevedore/queue'
import type { ApiOptions } from '../../context.ts'
import { defineRoute } from '../../route.ts'
import { countReplicas } from '../../views/count-replicas.ts'

export const metricsRoute = defineRoute(operations.metrics, {
  async handle({ context, reply }) {
    await context.refreshFigures()
    return reply.type(context.metrics.contentType).send(await context.metrics.render())
  },
})

type Figured = Pick<ApiOptions, 'ledger' | 'metrics'>

/** Reads what the queue and the ledger know, once a second at most however many scrape; neither is waited for longer than three. */
export function openFigures(figured: Figured, publisher: Publisher): () => Promise<void> {
  const askTransport = shareAnswer(() => publisher.depths())
  const askLedger = shareAnswer(() => Promise.all([readReplicas(figured), readExpiries(figured), readAges(figured)]))
  return async () => {
    await Promise.all([showDepths(figured, askTransport), showLedger(figured, askLedger)])
  }
}

/** With the transport away its gauges keep their last values. */
async function showDepths({ metrics }: Figured, ask: () => Promise<QueueDepth[]>): Promise<void> {
  const depths = await ask().catch(() => undefined)
  metrics.transportReachable.set(depths ? 1 : 0)
  for (const { kind, ...states } of depths ?? [])
    for (const [state, count] of Object.entries(states)) metrics.queueDepth.set({ kind, state }, count)
}

/** With the ledger away its gauges keep their last values. */
async function showLedger({ metrics }: Figured, ask: () => Promise<unknown>): Promise<void> {
  const isReached = await ask().then(
    () => true,
    (error) => {
      if (isLedgerAway(error)) return false
      throw error
    },
  )
  metrics.ledgerReachable.set(isReached ? 1 : 0)
}

/** From what workers have observed last, so that every process of the API tells the same. An environment that is gone is told no more. */
async function readReplicas({ ledger, metrics }: Figured): Promise<void> {
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

async function readExpiries({ ledger, metrics }: Figured): Promise<void> {
  const certificates = await listCertificates(ledger)
  metrics.certificateExpiry.reset()
  for (const { name, expiresAt } of certificates) metrics.certificateExpiry.set({ name }, expiresAt.getTime() / 1_000)
}

async function readAges({ ledger, metrics }: Figured): Promise<void> {
  const [approvalMs, backupMs] = await Promise.all([readApprovalAge(ledger), readBackupAge(ledger)])
  metrics.approvalOldestAge.set(approvalMs / 1_000)
  metrics.backupAge.set(backupMs / 1_000)
}
