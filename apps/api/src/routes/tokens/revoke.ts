import { notFound, operations } from '@stevedore/contract'
import { revokeToken } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'

export const revokeTokenRoute = defineRoute(operations.revokeToken, {
  async handle({ context, params, by, reply }) {
    if (!(await revokeToken(context.ledger, { id: params.id, by }))) throw notFound()
    context.tokens.forget()
    return reply.code(204).send()
  },
})
