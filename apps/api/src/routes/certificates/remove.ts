import { notFound, operations } from '@stevedore/contract'
import { removeCertificate } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'

export const removeCertificateRoute = defineRoute(operations.removeCertificate, {
  async handle({ context: { ledger }, params: { name }, by, reply }) {
    if (!(await removeCertificate(ledger, { name, by }))) throw notFound()
    return reply.code(204).send()
  },
})
