import { createHash } from 'node:crypto'
import { admitPipeline, choosePipelines, readFacts } from '@stevedore/admission'
import type { DeliveredEvent, DeliveryView, RepositoryEvent } from '@stevedore/contract'
import {
  type AppRecord,
  type By,
  completeDelivery,
  type DeliveryContent,
  enqueueJob,
  type Ledger,
  type NewDelivery,
  recordDelivery,
  reopenDelivery,
} from '@stevedore/ledger'
import { plainAddresses } from './same-repository.ts'
import type { Webhook, WebhookContent } from './webhook.ts'

/** Starts what a webhook asks for, once. */
export async function start(
  ledger: Ledger,
  app: AppRecord,
  webhook: Webhook,
  { repository, events: told }: WebhookContent,
): Promise<DeliveryView> {
  const { provider, correlationId, traceparent, reconciled } = webhook
  const bodyHash = createHash('sha256').update(webhook.body).digest('hex')
  const key = { app: app.app, provider: provider.name, deliveryId: chooseId(webhook, bodyHash) }
  if (reconciled) await reopenDelivery(ledger, key)
  // What nothing is held against is not kept.
  const isFiltered = app.spec.triggers.some((trigger) => trigger.on === 'push' && trigger.paths !== undefined)
  const events = isFiltered ? told : told.map(toRecorded)
  const delivery = {
    ...key,
    ...tell({ repository: plainAddresses(repository), events }),
    bodyHash: provider.signsBodyAlone ? bodyHash : undefined,
    ...(reconciled && { cause: 'reconciled' as const }),
  }
  const by = { actor: `webhook:${provider.name}`, correlationId, traceparent }
  return startDelivery(ledger, app, delivery, { by, bodyHash })
}

/** What a delivery tells, to be kept with it. */
export function tell(content: DeliveryContent): { event: string; content: DeliveryContent } {
  return { event: content.events.map(nameEvent).join(', ').slice(0, longestName), content }
}

const longestName = 200

function nameEvent(event: RepositoryEvent): string {
  if (event.on === 'push') return `push to ${event.branch}`
  return event.on === 'tag' ? `tag ${event.tag}` : `pull request ${event.number}`
}

/**
 * Records a delivery first, and then its jobs. These carry keys made of the delivery, so that a repeat of one that was broken off in between
 * finds those that it had already started.
 */
export async function startDelivery(
  ledger: Ledger,
  app: AppRecord,
  delivery: NewDelivery & { content: DeliveryContent },
  { by, bodyHash }: { by: By; bodyHash: string },
): Promise<DeliveryView> {
  const { provider, content } = delivery
  const { first, seq, jobIds, deliveryId } = await recordDelivery(ledger, delivery)
  if (!first) return { status: 'duplicate', jobs: jobIds, reasons: [describeRepeat(delivery, deliveryId)] }
  return act(ledger, app, content.events, { app: app.app, provider, deliveryId }, { by, bodyHash, seq })
}

function describeRepeat({ deliveryId }: { deliveryId: string }, earlier: string): string {
  return deliveryId === earlier ? 'it was delivered before' : `the same was delivered before, as ${earlier}`
}

async function act(
  ledger: Ledger,
  app: AppRecord,
  events: readonly DeliveredEvent[],
  delivery: { app: string; provider: string; deliveryId: string },
  { by, bodyHash, seq }: { by: By; bodyHash: string; seq: number },
): Promise<DeliveryView> {
  try {
    const key = ['webhook', ...Object.values(delivery)].join(':')
    const { jobs, reasons } = await startPipelines(ledger, app, events, { by, key, bodyHash, deliverySeq: seq })
    await completeDelivery(ledger, { ...delivery, jobIds: jobs, reason: reasons.join('; ') || null })
    return { status: jobs.length > 0 ? 'started' : 'ignored', jobs, reasons }
  } catch (error) {
    // Should this fail too, the delivery counts as broken off a minute later.
    await reopenDelivery(ledger, delivery).catch(() => {})
    throw error
  }
}

function chooseId({ provider, headers }: Webhook, bodyHash: string): string {
  const id = provider.readId(headers)
  return id !== undefined && /^[\x21-\x7e]{1,100}$/.test(id) ? id : bodyHash
}

/** Records the first jobs of the pipelines that the app's triggers ask for, under one idempotency key each. */
async function startPipelines(
  ledger: Ledger,
  app: AppRecord,
  events: readonly DeliveredEvent[],
  { by, key, bodyHash, deliverySeq }: { by: By; key: string; bodyHash: string; deliverySeq: number },
): Promise<Pick<DeliveryView, 'jobs' | 'reasons'>> {
  const started: Pick<DeliveryView, 'jobs' | 'reasons'> = { jobs: [], reasons: [] }
  const pipelines = events.flatMap((told) => {
    const chosen = choosePipelines(app.spec, told)
    started.reasons.push(...chosen.reasons)
    const event = toRecorded(told)
    return chosen.pipelines.map((pipeline) => ({ event, pipeline }))
  })
  if (pipelines.length === 0 && started.reasons.length === 0) started.reasons.push('no trigger of the app fits')
  for (const [index, { event, pipeline }] of pipelines.entries()) {
    const { job, reasons } = await admitPipeline(readFacts(ledger, app.app), app, event, pipeline)
    started.reasons.push(...reasons)
    if (!job) continue
    const idempotency = { key: `${key}:${index}`, bodyHash }
    started.jobs.push((await enqueueJob(ledger, { job: { ...job, deliverySeq }, by, idempotency })).job.id)
  }
  return started
}

/** A job says which commit it is of: what that changed is kept with the delivery. */
function toRecorded(event: DeliveredEvent): RepositoryEvent {
  if (event.on !== 'push') return event
  const { changed: _, ...push } = event
  return push
}
