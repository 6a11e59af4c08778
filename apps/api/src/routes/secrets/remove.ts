import { refuseInUse } from '@stevedore/admission'
import { notFound, operations } from '@stevedore/contract'
import { removeSecret } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { findSecretPlace } from './place.ts'

export const removeSecretRoute = defineRoute(operations.removeSecret, {
  async handle({ context, params: { name }, query, token, by, reply }) {
    const place = await findSecretPlace(context.ledger, token, 'administer', query)
    await refuseInUse(context.ledger, name, place)
    if (!(await removeSecret(context.ledger, { name, ...place, by }))) throw notFound()
    return reply.code(204).send()
  },
})
