import { refuseInUse } from '@stevedore/admission'
import { notFound, operations } from '@stevedore/contract'
import { removeSecret } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { findSecretScope } from './scope.ts'

export const removeSecretRoute = defineRoute(operations.removeSecret, {
  async handle({ context, params: { name }, query, token, by, reply }) {
    const scope = await findSecretScope(context.ledger, token, 'administer', query)
    await refuseInUse(context.ledger, name, scope)
    if (!(await removeSecret(context.ledger, { name, ...scope, by }))) throw notFound()
    return reply.code(204).send()
  },
})
