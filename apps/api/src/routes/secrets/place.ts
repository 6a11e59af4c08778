import { appName, environmentName, type Right } from '@stevedore/contract'
import { getApp, type Ledger, type TokenRecord } from '@stevedore/ledger'
import { z } from 'zod'
import { requireReach, requireServerReach } from '../../reach.ts'
import { notFound } from '../../refusals.ts'

/** Where a secret holds: everywhere, for an app, or for one environment of it. */
export const secretPlace = z
  .strictObject({ app: appName.optional(), environment: environmentName.optional() })
  .refine((place) => !place.environment || place.app, { error: 'needs app', path: ['environment'] })

export type SecretPlace = { app?: string; environment?: string }

/** The place, within the token's scope and of an app that exists. */
export async function findSecretPlace(
  ledger: Ledger,
  token: TokenRecord,
  right: Right,
  { app, environment }: z.output<typeof secretPlace>,
): Promise<SecretPlace> {
  if (app === undefined) {
    requireServerReach(token)
    return {}
  }
  requireReach(token, right, { app, environment: environment ?? null })
  if (!(await getApp(ledger, app))) throw notFound()
  return environment === undefined ? { app } : { app, environment }
}
