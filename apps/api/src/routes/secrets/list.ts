import { operations, type SecretScope } from '@stevedore/contract'
import { listSecrets, type SecretRecord, type TokenRecord } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewSecret } from '../../views/secret-view.ts'
import { findSecretScope } from './scope.ts'

export const listSecretsRoute = defineRoute(operations.listSecrets, {
  async handle({ context, query, token }) {
    const scope: SecretScope = query.app ? await findSecretScope(context.ledger, token, 'read', query) : {}
    const found = await listSecrets(context.ledger, scope)
    return wholePage(found.filter((secret) => isVisible(token, secret)).map(viewSecret))
  },
})

/** A secret for all is shown to tokens for all. */
function isVisible(token: TokenRecord, { app, environment }: SecretRecord): boolean {
  return app === null ? token.app === null && token.environment === null : canSee(token, { app, environment })
}
