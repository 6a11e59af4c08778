import { randomBytes } from 'node:crypto'
import {
  appName,
  ProblemError,
  type WebhookProvider,
  webhookSecretName,
  webhookSecretNameOf,
} from '@stevedore/contract'
import { type AppRecord, bindWebhookSecret, getApp, type Ledger, listSecrets, readSecrets } from '@stevedore/ledger'
import { isAmbiguous } from './providers.ts'
import type { Webhook } from './webhook.ts'

/** The app, when the webhook is signed with its secret. Who cannot sign learns nothing of which apps there are. */
export async function authenticate(ledger: Ledger, webhook: Webhook): Promise<AppRecord> {
  const { provider, headers } = webhook
  const app = appName.safeParse(webhook.app).success ? await getApp(ledger, webhook.app) : undefined
  const secret = app && (await readOwnSecret(ledger, app.app, provider.name))
  // Without a secret a made-up one is compared, so that the answer takes as long.
  const signed = provider.isSigned(webhook, secret?.value ?? randomBytes(32).toString('hex'))
  if (app && secret && signed && !isAmbiguous(provider, headers)) {
    await holdToProvider(ledger, { app: app.app, provider: provider.name, ...secret })
    return app
  }
  throw new ProblemError('webhook-signature-invalid', 'The signature is missing, wrong, too old or of another scheme.')
}

interface OwnSecret {
  name: string
  value: string
  fingerprint: string
}

/** Only a secret of this very app: one that holds for all would let one app's hook speak for another. */
async function readOwnSecret(ledger: Ledger, app: string, provider: WebhookProvider): Promise<OwnSecret | undefined> {
  const stored = (await listSecrets(ledger, { app })).filter((secret) => secret.app === app && !secret.environment)
  const names = [webhookSecretNameOf(provider), webhookSecretName]
  const own = names.flatMap((name) => stored.find((secret) => secret.name === name) ?? [])[0]
  const value = own && (await readSecrets(ledger, { names: [own.name], app }))[own.name]
  return own && value ? { name: own.name, value, fingerprint: own.fingerprint } : undefined
}

/** What was signed for one provider must not be taken for another: two of them sign alike. */
async function holdToProvider(ledger: Ledger, given: OwnSecret & { app: string; provider: WebhookProvider }) {
  if (given.name !== webhookSecretName) return
  const bound = await bindWebhookSecret(ledger, given)
  if (bound === given.provider) return
  const own = webhookSecretNameOf(given.provider)
  const detail = `The secret ${webhookSecretName} is in use for webhooks of ${bound}: store another as ${own}.`
  throw new ProblemError('webhook-signature-invalid', detail)
}
