import { type DeliveryView, operations, ProblemError, type WebhookProvider } from '@stevedore/contract'
import { type AppRecord, isLedgerAway } from '@stevedore/ledger'
import type { ApiContext } from '../context.ts'
import { parseJson } from '../json-body.ts'
import { type Call, defineRoute } from '../route.ts'
import { authenticate } from './authenticate.ts'
import { bitbucket } from './providers/bitbucket.ts'
import { generic } from './providers/generic.ts'
import { gitea } from './providers/gitea.ts'
import { github } from './providers/github.ts'
import { gitlab } from './providers/gitlab.ts'
import { isSameRepository } from './same-repository.ts'
import { start } from './start.ts'
import { type Provider, readHeader, type Webhook, type WebhookContent } from './webhook.ts'

const maxMembers = 500_000

type WebhookOperation = (typeof operations)[`${WebhookProvider}Webhook`]

function take<O extends WebhookOperation>(operation: O, provider: Provider) {
  return defineRoute<O>(operation, { handle: (call: Call<WebhookOperation>) => receiveNow(provider, call) })
}

export const webhookRoutes = {
  githubWebhook: take(operations.githubWebhook, github),
  gitlabWebhook: take(operations.gitlabWebhook, gitlab),
  giteaWebhook: take(operations.giteaWebhook, gitea),
  bitbucketWebhook: take(operations.bitbucketWebhook, bitbucket),
  genericWebhook: take(operations.genericWebhook, generic),
}

/** With the ledger away the forge is told so, and the webhook is taken up again when it is back: many forges send it once. */
async function receiveNow(
  provider: Provider,
  { context, params, request }: Call<WebhookOperation>,
): Promise<DeliveryView> {
  const { headers, id: correlationId } = request
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const webhook: Webhook = {
    ...{ provider, app: params.app, headers, body, correlationId },
    receivedAt: Date.now(),
    reconciled: false,
  }
  await context.missed.takeHeld()
  return receive(context, webhook).catch((error: unknown) => {
    if (isLedgerAway(error)) context.missed.hold(webhook, () => receive(context, { ...webhook, reconciled: true }))
    throw error
  })
}

async function receive({ ledger }: ApiContext, webhook: Webhook): Promise<DeliveryView> {
  const app = await authenticate(ledger, webhook)
  const content = webhook.provider.read(webhook.headers, readPayload(webhook))
  const reason = content.ignored ?? findMismatch(app, content)
  if (reason) return { status: 'ignored', jobs: [], reasons: [reason] }
  return start(ledger, app, webhook, content.events)
}

/** JSON, also as the form field `payload`, which GitHub and Gitea can be told to send. */
function readPayload({ headers, body }: Webhook): unknown {
  const form = readHeader(headers, 'content-type')?.startsWith('application/x-www-form-urlencoded')
  return parseJson(form ? readFormPayload(body) : body, maxMembers)
}

/** Given twice, it would be a matter of taste which one counts: as with a key of JSON. */
function readFormPayload(body: Buffer): Buffer {
  const [payload = '', ...more] = new URLSearchParams(body.toString('utf8')).getAll('payload')
  if (more.length > 0) throw new ProblemError('malformed-json', 'The form gives `payload` twice.')
  return Buffer.from(payload)
}

function findMismatch({ spec }: AppRecord, { repository }: WebhookContent): string | undefined {
  const bound = spec.source.git
  if (bound === undefined) return `${spec.app} has no git source`
  return repository.some((told) => isSameRepository(bound, told))
    ? undefined
    : `it speaks of another repository than ${spec.app} is built from`
}
