import { operations } from '@stevedore/contract'
import type { ApiContext } from '../../context.ts'
import { defineRoute } from '../../route.ts'

export const metricsRoute = defineRoute(operations.metrics, {
  async handle({ context, reply }) {
    await readDepths(context)
    return reply.type(context.metrics.contentType).send(await context.metrics.render())
  },
})

/** With the transport away its gauges keep their last values: that it is away is what `/ready` says. */
async function readDepths({ publisher, metrics }: ApiContext): Promise<void> {
  for (const { kind, ...states } of await publisher.depths().catch(() => []))
    for (const [state, count] of Object.entries(states)) metrics.queueDepth.set({ kind, state }, count)
}
