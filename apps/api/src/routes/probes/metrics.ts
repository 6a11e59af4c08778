import { operations } from '@stevedore/contract'
import { listCertificates, listEnvironments } from '@stevedore/ledger'
import type { ApiContext } from '../../context.ts'
import { defineRoute } from '../../route.ts'
import { countReplicas } from '../../views/count-replicas.ts'

export const metricsRoute = defineRoute(operations.metrics, {
  async handle({ context, reply }) {
    await Promise.all([readDepths(context), readReplicas(context), readExpiries(context)])
    return reply.type(context.metrics.contentType).send(await context.metrics.render())
  },
})

/** With the transport away its gauges keep their last values: that it is away is what `/ready` says. */
async function readDepths({ publisher, metrics }: ApiContext): Promise<void> {
  for (const { kind, ...states } of await publisher.depths().catch(() => []))
    for (const [state, count] of Object.entries(states)) metrics.queueDepth.set({ kind, state }, count)
}

/** From what workers have observed last, so that every process of the API tells the same. An environment that is gone is told no more. */
async function readReplicas({ ledger, metrics }: ApiContext): Promise<void> {
  const environments = await listEnvironments(ledger).catch(() => undefined)
  // With the ledger away they keep their last values.
  if (!environments) return
  metrics.environmentReplicasHealthy.reset()
  metrics.environmentReplicasDesired.reset()
  for (const record of environments) {
    const count = countReplicas(record)
    const { app, environment } = record
    if (count) metrics.environmentReplicasHealthy.set({ app, environment }, count.healthy)
    if (count) metrics.environmentReplicasDesired.set({ app, environment }, count.desired)
  }
}

async function readExpiries({ ledger, metrics }: ApiContext): Promise<void> {
  const certificates = await listCertificates(ledger).catch(() => undefined)
  if (!certificates) return
  metrics.certificateExpiry.reset()
  for (const { name, expiresAt } of certificates) metrics.certificateExpiry.set({ name }, expiresAt.getTime() / 1_000)
}
