import { type AppRecord, isLedgerAway } from '@stevedore/ledger'
import { z } from 'zod'
import type { Edge } from '../edge.ts'
import { parseJson } from '../json-body.ts'
import { type Call, defineRoute } from '../route.ts'
import { authenticateMessage } from './authenticate-message.ts'
import { deliver } from './deliver.ts'
import { type Delivery, type Provider, readHeader, type SignedMessage } from './delivery.ts'
import { providers } from './providers.ts'
import { type Receipt, receiptView } from './receipt.ts'
import { isSameRepository } from './same-repository.ts'
import { webhookSecretName } from './secret.ts'

/** Forges send some 25 MB at most, but a push of thousands of commits stays far below this. */
const limitBytes = 5 * 1_048_576
const maxMembers = 500_000

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
    handle: (call: WebhookCall) => receiveNow(provider, call),
  }),
)

/** With the ledger away the forge is told so, and the message is taken up again when it is back: many forges send it once. */
async function receiveNow(provider: Provider, { edge, params, request }: WebhookCall): Promise<Receipt> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const message = { headers: request.headers, body, receivedAt: Date.now() }
  const arrival = { provider, name: params.app, message, correlationId: request.id }
  return receive(edge, { ...arrival, reconciled: false }).catch((error: unknown) => {
    if (isLedgerAway(error)) edge.missed.hold(body.length, () => receive(edge, { ...arrival, reconciled: true }))
    throw error
  })
}

interface Arrival {
  provider: Provider
  /** Of the app, as the address names it. */
  name: string
  message: SignedMessage
  correlationId: string
  reconciled: boolean
}

async function receive(edge: Edge, { name, ...arrival }: Arrival): Promise<Receipt> {
  const { provider, message } = arrival
  const app = await authenticateMessage(edge.ledger, provider, name, message)
  const delivery = provider.read(message.headers, readPayload(message))
  const reason = delivery.ignored ?? findMismatch(app, delivery)
  if (reason) return { status: 'ignored', jobs: [], reasons: [reason] }
  return deliver(edge.ledger, app, { ...arrival, delivery })
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
