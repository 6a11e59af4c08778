import { randomBytes } from 'node:crypto'
import { appName, ProblemError, webhookSecretName } from '@stevedore/contract'
import { type AppRecord, getApp, type Ledger, listSecrets, readSecrets } from '@stevedore/ledger'
import { isAmbiguous } from './providers.ts'
import type { Webhook } from './webhook.ts'

/** The app, when the webhook is signed with its secret. Who cannot sign learns nothing of which apps there are. */
export async function authenticate(ledger: Ledger, webhook: Webhook): Promise<AppRecord> {
  const { provider, headers } = webhook
  const app = appName.safeParse(webhook.app).success ? await getApp(ledger, webhook.app) : undefined
  const secret = app && (await readOwnSecret(ledger, app.app))
  // Without a secret a made-up one is compared, so that the answer takes as long.
  const signed = provider.isSigned(webhook, secret ?? randomBytes(32).toString('hex'))
  if (app && secret && signed && !isAmbiguous(provider, headers)) return app
  throw new ProblemError('webhook-signature-invalid', 'The signature is missing, wrong, too old or of another scheme.')
}

/** Only a secret of this very app: one that holds for all would let one app's hook speak for another. */
async function readOwnSecret(ledger: Ledger, app: string): Promise<string | undefined> {
  const stored = await listSecrets(ledger, { app })
  const own = stored.some((secret) => secret.name === webhookSecretName && secret.app === app && !secret.environment)
  return own ? (await readSecrets(ledger, { names: [webhookSecretName], app }))[webhookSecretName] : undefined
}
