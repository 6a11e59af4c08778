import { secretName } from '@stevedore/contract'
import { removeSecret } from '@stevedore/ledger'
import { z } from 'zod'
import { refuseInUse } from '../../admission/secret-in-use.ts'
import { notFound } from '../../refusals.ts'
import { defineRoute } from '../../route.ts'
import { findSecretPlace, secretPlace } from './place.ts'

export const removeSecretRoute = defineRoute({
  method: 'DELETE',
  url: '/v1/secrets/:name',
  name: 'removeSecret',
  summary: 'Forget a stored secret. 409 while the spec of an app names it and none other would take its place.',
  access: { right: 'administer', reach: 'scoped' },
  params: z.object({ name: secretName }),
  query: secretPlace,
  answers: { 204: undefined },
  async handle({ edge, params: { name }, query, token, by, reply }) {
    const place = await findSecretPlace(edge.ledger, token, 'administer', query)
    await refuseInUse(edge.ledger, name, place)
    if (!(await removeSecret(edge.ledger, { name, ...place, by }))) throw notFound()
    return reply.code(204).send()
  },
})
