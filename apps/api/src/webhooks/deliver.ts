import { createHash } from 'node:crypto'
import {
  type AppRecord,
  type By,
  completeDelivery,
  forgetDelivery,
  type Ledger,
  recordDelivery,
} from '@stevedore/ledger'
import type { Delivery, Provider, SignedMessage } from './delivery.ts'
import type { Receipt } from './receipt.ts'
import { startJobs } from './start-jobs.ts'

interface Arrival {
  provider: Provider
  message: SignedMessage
  delivery: Delivery
  correlationId: string
  /** Taken up once more after the ledger was away: what the first try left is no sign that someone acts on it. */
  reconciled: boolean
}

/**
 * Starts what a delivery asks for, once. The jobs carry keys made of the delivery, so that a repeat of one that was broken off in between
 * finds those that it had already started.
 */
export async function deliver(
  ledger: Ledger,
  app: AppRecord,
  { provider, message, delivery, correlationId, reconciled }: Arrival,
): Promise<Receipt> {
  const bodyHash = createHash('sha256').update(message.body).digest('hex')
  const id = { app: app.app, provider: provider.name, deliveryId: chooseId(provider, message, bodyHash) }
  if (reconciled) await forgetDelivery(ledger, id)
  const { first, jobIds } = await recordDelivery(ledger, { ...id, ...(reconciled && { cause: 'reconciled' }) })
  if (!first) return { status: 'duplicate', jobs: jobIds, reasons: ['it was delivered before'] }
  const by: By = { actor: `webhook:${provider.name}`, correlationId }
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
