import { operations } from '@stevedore/contract'
import { getEnvironment } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewEnvironment } from '../../views/environment-view.ts'

export const getEnvironmentRoute = defineRoute(operations.getEnvironment, {
  async handle({ context: { ledger }, params: { app, environment } }) {
    return viewEnvironment(ledger, { app, environment }, await getEnvironment(ledger, app, environment))
  },
})
