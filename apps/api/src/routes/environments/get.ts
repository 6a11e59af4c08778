import { environmentView } from '@stevedore/contract'
import { getEnvironment, getRevision } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewEnvironment } from '../../views/environment-view.ts'
import { environmentParams } from './params.ts'

export const getEnvironmentRoute = defineRoute({
  method: 'GET',
  url: '/v1/apps/:app/environments/:environment',
  name: 'getEnvironment',
  summary: 'What should run and what was observed to run.',
  access: { right: 'read', reach: 'environment' },
  params: environmentParams,
  answers: { 200: environmentView },
  async handle({ edge: { ledger }, params: { app, environment } }) {
    const record = await getEnvironment(ledger, app, environment)
    const number = record?.currentRevision ?? null
    const current = number === null ? undefined : await getRevision(ledger, app, environment, number)
    return viewEnvironment({ app, environment }, record, current)
  },
})
