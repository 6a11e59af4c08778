import { operations } from '@stevedore/contract'
import { getEnvironment, getRevision } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewEnvironment } from '../../views/environment-view.ts'

export const getEnvironmentRoute = defineRoute(operations.getEnvironment, {
  async handle({ context: { ledger }, params: { app, environment } }) {
    const record = await getEnvironment(ledger, app, environment)
    const number = record?.currentRevision ?? null
    const current = number === null ? undefined : await getRevision(ledger, app, environment, number)
    return viewEnvironment({ app, environment }, record, current)
  },
})
