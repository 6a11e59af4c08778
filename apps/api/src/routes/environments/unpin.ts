import { operations } from '@stevedore/contract'
import { unpinEnvironment } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { getEnvironmentRoute } from './get.ts'

export const unpinRoute = defineRoute(operations.unpinEnvironment, {
  async handle(call) {
    const { app, environment } = call.params
    await unpinEnvironment(call.context.ledger, { app, environment, by: call.by })
    return getEnvironmentRoute.handle({ ...call, body: undefined })
  },
})
