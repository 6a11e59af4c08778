import type { Right, SecretPlace } from '@stevedore/contract'
import { notFound } from '@stevedore/contract'
import { getApp, type Ledger, type TokenRecord } from '@stevedore/ledger'
import { requireReach, requireServerReach } from '../../reach.ts'

/** The place, within the token's scope and of an app that exists. */
export async function findSecretPlace(
  ledger: Ledger,
  token: TokenRecord,
  right: Right,
  { app, environment }: SecretPlace,
): Promise<SecretPlace> {
  if (app === undefined) {
    requireServerReach(token)
    return {}
  }
  requireReach(token, right, { app, environment: environment ?? null })
  if (!(await getApp(ledger, app))) throw notFound()
  return environment === undefined ? { app } : { app, environment }
}
