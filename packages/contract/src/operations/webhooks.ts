import { z } from 'zod'
import { appName } from '../values/names.ts'
import { at, defineOperation, emptyBody, type SignatureScheme } from './operation.ts'
import { cursor, digits, limit, pageOf } from './query.ts'

/** The forges whose webhooks are understood; each has an address of its own. */
export const webhookProviders = ['github', 'gitlab', 'gitea', 'bitbucket', 'generic'] as const
export type WebhookProvider = (typeof webhookProviders)[number]

/**
 * The stored secret, of the app, that its webhooks are signed with, whichever provider sends them. It is bound to the first that uses it:
 * some sign alike, and one could take what is meant for another.
 */
export const webhookSecretName = 'WEBHOOK_SECRET'

/** The one for webhooks of one provider alone, which goes before. */
export function webhookSecretNameOf(provider: WebhookProvider): string {
  return `${webhookSecretName}_${provider.toUpperCase()}`
}

export function isWebhookSecretName(name: string): boolean {
  return name === webhookSecretName || webhookProviders.some((provider) => webhookSecretNameOf(provider) === name)
}

/** What a forge is told of its delivery: the jobs that it started, or why none. `held`: the ledger is away, it is kept and judged later. */
export const deliveryView = z.object({
  status: z.enum(['started', 'ignored', 'duplicate', 'held']),
  jobs: z.array(z.uuid()),
  reasons: z.array(z.string()),
})
export type DeliveryView = z.output<typeof deliveryView>

/** Which of the app's secrets signs, for a reader. */
function describeSecret(provider: WebhookProvider): string {
  return `the app’s secret ${webhookSecretNameOf(provider)}, or ${webhookSecretName}`
}

function describeHex(provider: WebhookProvider): string {
  return `the hexadecimal HMAC-SHA-256 of the raw body, keyed with ${describeSecret(provider)}`
}

function standardSignature(provider: WebhookProvider): SignatureScheme {
  return {
    name: `${provider}StandardSignature`,
    header: 'Webhook-Signature',
    description: `\`v1,\` and the HMAC-SHA-256, in base64, of Webhook-Id, Webhook-Timestamp (seconds, at most five minutes old) and the raw body with a dot between, keyed with ${describeSecret(provider)}.`,
  }
}

/** How each forge signs; where there are two ways, either will do. */
const signatures: Record<WebhookProvider, readonly SignatureScheme[]> = {
  github: [
    {
      name: 'githubSignature',
      header: 'X-Hub-Signature-256',
      description: `\`sha256=\` and ${describeHex('github')}.`,
    },
  ],
  gitlab: [
    { name: 'gitlabToken', header: 'X-Gitlab-Token', description: `Just ${describeSecret('gitlab')}.` },
    standardSignature('gitlab'),
  ],
  gitea: [{ name: 'giteaSignature', header: 'X-Gitea-Signature', description: `Just ${describeHex('gitea')}.` }],
  bitbucket: [
    {
      name: 'bitbucketSignature',
      header: 'X-Hub-Signature',
      description: `\`sha256=\` and ${describeHex('bitbucket')}.`,
    },
  ],
  generic: [standardSignature('generic')],
}

const signedTogether = {
  'Webhook-Id': 'The id of the delivery, which a repeat carries again.',
  'Webhook-Timestamp': 'Seconds of the epoch.',
}

/** What else each forge says in headers. */
const headers: Record<WebhookProvider, Readonly<Record<string, string>>> = {
  github: { 'X-GitHub-Event': 'Of what sort the event is.', 'X-GitHub-Delivery': 'The id of the delivery.' },
  gitlab: {
    'X-Gitlab-Event': 'Of what sort the event is.',
    'Idempotency-Key': 'The id of the delivery, else X-Gitlab-Event-UUID; of one that is signed Webhook-Id.',
    ...signedTogether,
  },
  gitea: { 'X-Gitea-Event': 'Of what sort the event is.', 'X-Gitea-Delivery': 'The id of the delivery.' },
  bitbucket: {
    'X-Event-Key': 'Of what sort the event is.',
    'X-Request-UUID': 'The id of the delivery; X-Request-Id of a Data Center.',
  },
  generic: signedTogether,
}

/** Forges send some 25 MB at most, but a push of thousands of commits stays far below this. */
const limitBytes = 5 * 1_048_576

/** One address a provider, so that a webhook is never checked by a scheme that it chose itself. */
function receive(provider: WebhookProvider) {
  return defineOperation({
    method: 'POST',
    url: `/v1/webhooks/${provider}/:app`,
    summary: `Take a webhook of ${provider}, signed with ${describeSecret(provider)}, and start what the app’s triggers say.`,
    access: 'signature',
    headers: headers[provider],
    signatures: signatures[provider],
    params: z.object({ app: z.string() }),
    bodyAs: { kind: 'raw', limitBytes },
    answers: { 200: deliveryView, 202: deliveryView },
  })
}

export const githubWebhook = receive('github')
export const gitlabWebhook = receive('gitlab')
export const giteaWebhook = receive('gitea')
export const bitbucketWebhook = receive('bitbucket')
export const genericWebhook = receive('generic')

/** A webhook that has arrived and concerned the app. */
export const recordedDelivery = z.object({
  id: z.int(),
  provider: z.string(),
  /** The sender's own id, or one made of what was said. */
  deliveryId: z.string(),
  /** What it told: `push to main`, `tag v1.2.0`, `pull request 7`; null of deliveries of older versions. */
  event: z.string().nullable(),
  receivedAt: at,
  /** null until what it asks for is recorded. */
  completedAt: at.nullable(),
  /** What it started. */
  jobs: z.array(z.uuid()),
  /** Why it started nothing, or less than the triggers say. */
  reason: z.string().nullable(),
  /** The one that it repeats, where a person asked for that. */
  redeliveryOf: z.int().nullable(),
  /** Whether what it told is still kept: for 30 days. */
  redeliverable: z.boolean(),
})
export type RecordedDelivery = z.output<typeof recordedDelivery>

const deliveryParams = z.object({ app: appName, id: digits(1, Number.MAX_SAFE_INTEGER) })

export const listDeliveries = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/deliveries',
  summary:
    'The webhooks that came for an app and were of its repository, newest first: what each started, or why nothing.',
  access: { right: 'read', reach: 'app' },
  params: deliveryParams.pick({ app: true }),
  query: z.strictObject({ limit, cursor: cursor.optional() }),
  answers: { 200: pageOf(recordedDelivery) },
})

export const getDelivery = defineOperation({
  method: 'GET',
  url: '/v1/apps/:app/deliveries/:id',
  summary: 'One webhook that came for an app.',
  access: { right: 'read', reach: 'app' },
  params: deliveryParams,
  answers: { 200: recordedDelivery },
})

export const redeliver = defineOperation({
  method: 'POST',
  url: '/v1/apps/:app/deliveries/:id/redeliver',
  summary:
    'Judge anew what a webhook told, as a delivery of its own in the name of who asks; it may start jobs once more. 409 where what it told is kept no longer.',
  access: { right: 'deploy', reach: 'app' },
  params: deliveryParams,
  body: emptyBody,
  answers: { 200: deliveryView },
})
