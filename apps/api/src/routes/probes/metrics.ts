import { operations } from '@stevedore/contract'
import {
  isLedgerAway,
  listAttentionNeeds,
  listCertificates,
  listEnvironments,
  readApprovalAge,
} from '@stevedore/ledger'
import type { ApiContext } from '../../context.ts'
import { defineRoute } from '../../route.ts'
import { countReplicas } from '../../views/count-replicas.ts'

export const metricsRoute = defineRoute(operations.metrics, {
  async handle({ context, reply }) {
    await Promise.all([readDepths(context), readLedger(context)])
    return reply.type(context.metrics.contentType).send(await context.metrics.render())
  },
})

/** With the transport away its gauges keep their last values. */
async function readDepths({ publisher, metrics }: ApiContext): Promise<void> {
  const depths = await publisher.depths().catch(() => undefined)
  metrics.transportReachable.set(depths ? 1 : 0)
  for (const { kind, ...states } of depths ?? [])
    for (const [state, count] of Object.entries(states)) metrics.queueDepth.set({ kind, state }, count)
}

/** With the ledger away its gauges keep their last values. */
async function readLedger(context: ApiContext): Promise<void> {
  const { ledgerReachable } = context.metrics
  try {
    await Promise.all([readReplicas(context), readExpiries(context), readWaits(context)])
    ledgerReachable.set(1)
  } catch (error) {
    if (!isLedgerAway(error)) throw error
    ledgerReachable.set(0)
  }
}

/** From what workers have observed last, so that every process of the API tells the same. An environment that is gone is told no more. */
async function readReplicas({ ledger, metrics }: ApiContext): Promise<void> {
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

async function readExpiries({ ledger, metrics }: ApiContext): Promise<void> {
  const certificates = await listCertificates(ledger)
  metrics.certificateExpiry.reset()
  for (const { name, expiresAt } of certificates) metrics.certificateExpiry.set({ name }, expiresAt.getTime() / 1_000)
}

async function readWaits({ ledger, metrics }: ApiContext): Promise<void> {
  metrics.approvalOldestAge.set((await readApprovalAge(ledger)) / 1_000)
}
