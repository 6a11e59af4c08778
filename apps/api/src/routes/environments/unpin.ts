import { environmentView } from '@stevedore/contract'
import { unpinEnvironment } from '@stevedore/ledger'
import { z } from 'zod'
import { defineRoute } from '../../route.ts'
import { getEnvironmentRoute } from './get.ts'
import { environmentParams } from './params.ts'

export const unpinRoute = defineRoute({
  method: 'POST',
  url: '/v1/apps/:app/environments/:environment/unpin',
  name: 'unpinEnvironment',
  summary: 'End the pin that a rollback left, so that triggers deploy here again.',
  access: { right: 'deploy', reach: 'environment' },
  params: environmentParams,
  body: z.strictObject({}).optional(),
  answers: { 200: environmentView },
  async handle(call) {
    const { app, environment } = call.params
    await unpinEnvironment(call.edge.ledger, { app, environment, by: call.by })
    return getEnvironmentRoute.handle({ ...call, query: undefined, body: undefined })
  },
})
