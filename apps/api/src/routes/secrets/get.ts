import { notFound, operations } from '@stevedore/contract'
import { listSecrets } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'
import { viewSecret } from '../../views/secret-view.ts'
import { findSecretScope } from './scope.ts'

export const getSecretRoute = defineRoute(operations.getSecret, {
  async handle({ context: { ledger }, params: { name }, query, token }) {
    const { app = null, environment = null } = await findSecretScope(ledger, token, 'read', query)
    const stored = await listSecrets(ledger, {})
    const found = stored.find((one) => one.name === name && one.app === app && one.environment === environment)
    if (!found) throw notFound()
    return viewSecret(found)
  },
})
