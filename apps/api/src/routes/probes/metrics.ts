import { operations } from '@stevedore/contract'
import type { Edge } from '../../edge.ts'
import { defineRoute } from '../../route.ts'

export const metricsRoute = defineRoute(operations.metrics, {
  async handle({ edge, reply }) {
    await readDepths(edge)
    return reply.type(edge.metrics.contentType).send(await edge.metrics.render())
  },
})

/** With the transport away its gauges keep their last values: that it is away is what `/ready` says. */
async function readDepths({ publisher, metrics }: Edge): Promise<void> {
  for (const { kind, ...states } of await publisher.depths().catch(() => []))
    for (const [state, count] of Object.entries(states)) metrics.queueDepth.set({ kind, state }, count)
}
