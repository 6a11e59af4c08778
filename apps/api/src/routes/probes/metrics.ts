import { operations } from '@stevedore/contract'
import { defineRoute } from '../../route.ts'

export const metricsRoute = defineRoute(operations.metrics, {
  async handle({ context, reply }) {
    await context.refreshFigures()
    return reply.type(context.metrics.contentType).send(await context.metrics.render())
  },
})
