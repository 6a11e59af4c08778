import { randomBytes } from 'node:crypto'
import { appName, ProblemError } from '@stevedore/contract'
import { type AppRecord, getApp, type Ledger, listSecrets, readSecrets } from '@stevedore/ledger'
import type { Provider, SignedMessage } from './delivery.ts'
import { isAmbiguous } from './providers.ts'
import { webhookSecretName } from './secret.ts'

/** The app, when the message is signed with its secret. Who cannot sign learns nothing of which apps there are. */
export async function authenticateMessage(
  ledger: Ledger,
  provider: Provider,
  name: string,
  message: SignedMessage,
): Promise<AppRecord> {
  const app = appName.safeParse(name).success ? await getApp(ledger, name) : undefined
  const secret = app && (await readOwnSecret(ledger, app.app))
  const signed = provider.isSigned(message, secret ?? randomBytes(32).toString('hex'))
  if (app && secret && signed && !isAmbiguous(provider, message.headers)) return app
  throw new ProblemError('webhook-signature-invalid', 'The signature is missing, wrong, too old or of another scheme.')
}

/** Only a secret of this very app: one that holds for all would let one app's hook speak for another. */
async function readOwnSecret(ledger: Ledger, app: string): Promise<string | undefined> {
  const stored = await listSecrets(ledger, { app })
  const own = stored.some((secret) => secret.name === webhookSecretName && secret.app === app && !secret.environment)
  return own ? (await readSecrets(ledger, { names: [webhookSecretName], app }))[webhookSecretName] : undefined
}
