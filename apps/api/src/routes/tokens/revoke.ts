import { revokeToken } from '@stevedore/ledger'
import { z } from 'zod'
import { notFound } from '../../refusals.ts'
import { defineRoute } from '../../route.ts'

export const revokeTokenRoute = defineRoute({
  method: 'DELETE',
  url: '/v1/tokens/:id',
  name: 'revokeToken',
  summary: 'Revoke a token at once; streams opened with it end within seconds.',
  access: { right: 'administer', reach: 'server' },
  params: z.object({ id: z.uuid() }),
  answers: { 204: undefined },
  async handle({ edge, params, by, reply }) {
    if (!(await revokeToken(edge.ledger, { id: params.id, by }))) throw notFound()
    return reply.code(204).send()
  },
})
