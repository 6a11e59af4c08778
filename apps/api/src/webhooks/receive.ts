import { setTimeout as delay } from 'node:timers/promises'
import { appName, type DeliveryView, operations, ProblemError, type WebhookProvider } from '@stevedore/contract'
import { type AppRecord, isLedgerAway, type Ledger } from '@stevedore/ledger'
import type { ApiContext } from '../context.ts'
import { answerInTime } from '../deadline.ts'
import { parseJson } from '../json-body.ts'
import { inDoubt, unavailable } from '../refusals.ts'
import { type Call, defineRoute } from '../route.ts'
import { readCallersTrace } from '../trace.ts'
import { authenticate } from './authenticate.ts'
import { bitbucket } from './providers/bitbucket.ts'
import { generic } from './providers/generic.ts'
import { gitea } from './providers/gitea.ts'
import { github } from './providers/github.ts'
import { gitlab } from './providers/gitlab.ts'
import { isAmbiguous } from './providers.ts'
import { isSameRepository } from './same-repository.ts'
import { start } from './start.ts'
import { type Provider, readHeader, type Webhook, type WebhookContent } from './webhook.ts'

const maxMembers = 500_000

type WebhookOperation = (typeof operations)[`${WebhookProvider}Webhook`]

function take<O extends WebhookOperation>(operation: O, provider: Provider) {
  return defineRoute<O>(operation, {
    unhurried: true,
    handle: (call: Call<WebhookOperation>) => receiveNow(provider, call),
  })
}

export const webhookRoutes = {
  githubWebhook: take(operations.githubWebhook, github),
  gitlabWebhook: take(operations.gitlabWebhook, gitlab),
  giteaWebhook: take(operations.giteaWebhook, gitea),
  bitbucketWebhook: take(operations.bitbucketWebhook, bitbucket),
  genericWebhook: take(operations.genericWebhook, generic),
}

/** Forges wait some ten seconds for an answer. */
const answerTimeoutMs = 3_500
/** How long what came before may hold up what comes now. */
const takeKeptMs = 1_500

/** What the ledger is away for is kept until it is back: many forges send it once. The order is that in which they came. */
async function receiveNow(
  provider: Provider,
  { context, params, request, reply }: Call<WebhookOperation>,
): Promise<unknown> {
  const { headers, id: correlationId } = request
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const webhook: Webhook = {
    ...{ provider, app: params.app, headers, body, correlationId, traceparent: readCallersTrace(request) },
    receivedAt: Date.now(),
    reconciled: false,
  }
  const client = context.clients.nameOf(request)
  const undecided = await tryNow(context, webhook, client)
  if ('view' in undecided) return undecided.view
  if (!isPlausible(webhook) || !(await context.missed.keep(webhook)) || !context.missed.isDurable) throw undecided.error
  const reasons = ['the ledger does not answer: it is kept, and judged when the ledger does']
  return reply.code(202).send({ status: 'held', jobs: [], reasons } satisfies DeliveryView)
}

/** Its view, or the error that says that nothing is decided about it. */
async function tryNow(
  { ledger, missed, turns }: ApiContext,
  webhook: Webhook,
  client: string,
): Promise<{ view: DeliveryView } | { error: unknown }> {
  if (!(await isTurn(missed))) return { error: unavailable('Webhooks that came before it are taken first.') }
  try {
    const answer = () => answerInTime(() => receive(ledger, webhook), answerTimeoutMs, { late, inDoubt })
    return { view: await turns.take(client, answer) }
  } catch (error) {
    if (isLedgerAway(error) || (error instanceof ProblemError && undecidedCodes.has(error.code))) return { error }
    throw error
  }
}

const undecidedCodes = new Set(['unavailable', 'in-doubt', 'rate-limited'])
const late = () => unavailable('The ledger did not answer in time; nothing was kept.')

/** Whether none that came before is still to be taken. */
async function isTurn(missed: ApiContext['missed']): Promise<boolean> {
  if (!(await missed.hasKept())) return true
  const waiting = new AbortController()
  await Promise.race([missed.takeKept(), delay(takeKeptMs, undefined, { signal: waiting.signal }).catch(() => {})])
  waiting.abort()
  return !(await missed.hasKept())
}

/** What no app can have and no forge sends takes no room of what they may. */
function isPlausible({ provider, app, headers }: Webhook): boolean {
  const isMarked = provider.marks.some((mark) => headers[mark] !== undefined)
  return isMarked && appName.safeParse(app).success && !isAmbiguous(provider, headers)
}

export async function receive(ledger: Ledger, webhook: Webhook): Promise<DeliveryView> {
  const app = await authenticate(ledger, webhook)
  const content = webhook.provider.read(webhook.headers, readPayload(webhook))
  const reason = content.ignored ?? findMismatch(app, content)
  if (reason) return { status: 'ignored', jobs: [], reasons: [reason] }
  return start(ledger, app, webhook, content)
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

/** Why what is told of a repository is nothing to an app. */
export function findMismatch(
  { spec }: AppRecord,
  { repository }: Pick<WebhookContent, 'repository'>,
): string | undefined {
  const bound = spec.source.git
  if (bound === undefined) return `${spec.app} has no git source`
  return repository.some((told) => isSameRepository(bound, told))
    ? undefined
    : `it speaks of another repository than ${spec.app} is built from`
}
