import { createHash, randomBytes } from 'node:crypto'
import { appName, ProblemError } from '@stevedore/contract'
import {
  type AppRecord,
  completeDelivery,
  forgetDelivery,
  getApp,
  type Ledger,
  listSecrets,
  readSecrets,
  recordDelivery,
} from '@stevedore/ledger'
import { z } from 'zod'
import { parseJson } from '../json-body.ts'
import { type Call, defineRoute } from '../route.ts'
import { type Delivery, type Provider, readHeader, type SignedMessage } from './delivery.ts'
import { isAmbiguous, providers } from './providers.ts'
import { isSameRepository } from './same-repository.ts'
import { webhookSecretName } from './secret.ts'
import { startJobs } from './start-jobs.ts'

/** Forges send some 25 MB at most, but a push of thousands of commits stays far below this. */
const limitBytes = 5 * 1_048_576
const maxMembers = 500_000

const receiptView = z.object({
  status: z.enum(['started', 'ignored', 'duplicate']),
  jobs: z.array(z.uuid()),
  reasons: z.array(z.string()),
})
type Receipt = z.infer<typeof receiptView>
type WebhookCall = Call<never, { app: string }, unknown, unknown>

/** One address a provider, so that a message is never checked by a scheme that it chose itself. */
export const webhookRoutes = providers.map((provider) =>
  defineRoute({
    method: 'POST',
    url: `/v1/webhooks/${provider.name}/:app`,
    name: `${provider.name}Webhook`,
    summary: `Take a webhook of ${provider.name}, signed with the app’s secret ${webhookSecretName}, and start what the app’s triggers say.`,
    access: 'signature',
    params: z.object({ app: z.string() }),
    bodyAs: { kind: 'raw', limitBytes },
    answers: { 200: receiptView },
    handle: (call: WebhookCall) => receive(provider, call),
  }),
)

async function receive(provider: Provider, call: WebhookCall): Promise<Receipt> {
  const { edge, params, request } = call
  const message = { headers: request.headers, body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0) }
  const app = await authenticateMessage(edge.ledger, provider, params.app, message)
  const delivery = provider.read(message.headers, readPayload(message))
  const reason = delivery.ignored ?? findMismatch(app, delivery)
  if (reason) return { status: 'ignored', jobs: [], reasons: [reason] }
  return deliver(call, provider, app, delivery, message)
}

/** The app, when the message is signed with its secret. Who cannot sign learns nothing of which apps there are. */
async function authenticateMessage(
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

/** JSON, also as the form field `payload`, which GitHub and Gitea can be told to send. */
function readPayload({ headers, body }: SignedMessage): unknown {
  const form = readHeader(headers, 'content-type')?.startsWith('application/x-www-form-urlencoded')
  const bytes = form ? Buffer.from(new URLSearchParams(body.toString('utf8')).get('payload') ?? '') : body
  return parseJson(bytes, maxMembers)
}

function findMismatch({ spec }: AppRecord, { repository }: Delivery): string | undefined {
  const bound = spec.source.git
  if (bound === undefined) return `${spec.app} has no git source`
  return repository.some((told) => isSameRepository(bound, told))
    ? undefined
    : `it speaks of another repository than ${spec.app} is built from`
}

/**
 * Starts what a delivery asks for, once. The jobs carry keys made of the delivery, so that a repeat of one that was broken off in between
 * finds those that it had already started.
 */
async function deliver(
  { edge: { ledger }, request }: WebhookCall,
  provider: Provider,
  app: AppRecord,
  delivery: Delivery,
  message: SignedMessage,
): Promise<Receipt> {
  const bodyHash = createHash('sha256').update(message.body).digest('hex')
  const id = { app: app.app, provider: provider.name, deliveryId: chooseId(provider, message, bodyHash) }
  const { first, jobIds } = await recordDelivery(ledger, id)
  if (!first) return { status: 'duplicate', jobs: jobIds, reasons: ['it was delivered before'] }
  const by = { actor: `webhook:${provider.name}`, correlationId: request.id }
  const key = ['webhook', ...Object.values(id)].join(':')
  try {
    const { jobs, reasons } = await startJobs(ledger, app, delivery.events, { by, key, bodyHash })
    await completeDelivery(ledger, { ...id, jobIds: jobs })
    return { status: jobs.length > 0 ? 'started' : 'ignored', jobs, reasons }
  } catch (error) {
    await forgetDelivery(ledger, id).catch(() => {})
    throw error
  }
}

function chooseId(provider: Provider, { headers }: SignedMessage, bodyHash: string): string {
  const id = provider.readId(headers)
  return id !== undefined && /^[\x21-\x7e]{1,100}$/.test(id) ? id : bodyHash
}
