import type { Right, SecretScope } from '@stevedore/contract'
import { notFound } from '@stevedore/contract'
import { getApp, type Ledger, type TokenRecord } from '@stevedore/ledger'
import { requireReach, requireServerReach } from '../../reach.ts'

/** The scope, within the token's scope and of an app that exists. */
export async function findSecretScope(
  ledger: Ledger,
  token: TokenRecord,
  right: Right,
  { app, environment }: SecretScope,
): Promise<SecretScope> {
  if (app === undefined) {
    requireServerReach(token)
    return {}
  }
  requireReach(token, right, { app, environment: environment ?? null })
  if (!(await getApp(ledger, app))) throw notFound()
  return environment === undefined ? { app } : { app, environment }
}
