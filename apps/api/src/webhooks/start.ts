import { createHash } from 'node:crypto'
import { admitPipeline, choosePipelines, readFacts } from '@stevedore/admission'
import type { DeliveryView, RepositoryEvent } from '@stevedore/contract'
import {
  type AppRecord,
  type By,
  completeDelivery,
  enqueueJob,
  type Ledger,
  recordDelivery,
  reopenDelivery,
} from '@stevedore/ledger'
import type { Webhook } from './webhook.ts'

/**
 * Starts what a webhook asks for, once: its delivery is recorded first. The jobs carry keys made of the delivery, so that a repeat of one
 * that was broken off in between finds those that it had already started.
 */
export async function start(
  ledger: Ledger,
  app: AppRecord,
  webhook: Webhook,
  events: readonly RepositoryEvent[],
): Promise<DeliveryView> {
  const { provider, correlationId, traceparent, reconciled } = webhook
  const bodyHash = createHash('sha256').update(webhook.body).digest('hex')
  const delivery = { app: app.app, provider: provider.name, deliveryId: chooseId(webhook, bodyHash) }
  if (reconciled) await reopenDelivery(ledger, delivery)
  const { first, seq, jobIds, deliveryId } = await recordDelivery(ledger, {
    ...delivery,
    bodyHash: provider.signsBodyAlone ? bodyHash : undefined,
    ...(reconciled && { cause: 'reconciled' }),
  })
  if (!first) return { status: 'duplicate', jobs: jobIds, reasons: [describeRepeat(delivery, deliveryId)] }
  const by = { actor: `webhook:${provider.name}`, correlationId, traceparent }
  return act(ledger, app, events, { ...delivery, deliveryId }, { by, bodyHash, seq })
}

function describeRepeat({ deliveryId }: { deliveryId: string }, earlier: string): string {
  return deliveryId === earlier ? 'it was delivered before' : `the same was delivered before, as ${earlier}`
}

async function act(
  ledger: Ledger,
  app: AppRecord,
  events: readonly RepositoryEvent[],
  delivery: { app: string; provider: string; deliveryId: string },
  { by, bodyHash, seq }: { by: By; bodyHash: string; seq: number },
): Promise<DeliveryView> {
  try {
    const key = ['webhook', ...Object.values(delivery)].join(':')
    const { jobs, reasons } = await startPipelines(ledger, app, events, { by, key, bodyHash, deliverySeq: seq })
    await completeDelivery(ledger, { ...delivery, jobIds: jobs })
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
  events: readonly RepositoryEvent[],
  { by, key, bodyHash, deliverySeq }: { by: By; key: string; bodyHash: string; deliverySeq: number },
): Promise<Pick<DeliveryView, 'jobs' | 'reasons'>> {
  const started: Pick<DeliveryView, 'jobs' | 'reasons'> = { jobs: [], reasons: [] }
  const pipelines = events.flatMap((event) => choosePipelines(app.spec, event).map((pipeline) => ({ event, pipeline })))
  if (pipelines.length === 0) started.reasons.push('no trigger of the app fits')
  for (const [index, { event, pipeline }] of pipelines.entries()) {
    const { job, reasons } = await admitPipeline(readFacts(ledger, app.app), app, event, pipeline)
    started.reasons.push(...reasons)
    if (!job) continue
    const idempotency = { key: `${key}:${index}`, bodyHash }
    started.jobs.push((await enqueueJob(ledger, { job: { ...job, deliverySeq }, by, idempotency })).job.id)
  }
  return started
}
