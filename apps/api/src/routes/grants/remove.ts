import { notFound, operations } from '@stevedore/contract'
import { removeGrant } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { nameResource } from './put.ts'

export const removeGrantRoute = defineRoute(operations.removeGrant, {
  async handle({ context: { ledger }, query, by, reply }) {
    if (!(await removeGrant(ledger, { ...nameResource(query), app: query.app, by }))) throw notFound()
    return reply.code(204).send()
  },
})
