import { createHash, randomBytes } from 'node:crypto'
import { type DeliveryView, ProblemError } from '@stevedore/contract'
import type { AppRecord, By, Delivery, Ledger } from '@stevedore/ledger'
import { findMismatch } from './receive.ts'
import { startDelivery, tell } from './start.ts'

const longestId = 80

/**
 * Judges anew what a delivery told, as the app is now, in the name of who asks: another delivery, whose id is made of the old one.
 * Throws ProblemError `conflict` where what it told is kept no longer.
 */
export async function redeliver(ledger: Ledger, app: AppRecord, earlier: Delivery, by: By): Promise<DeliveryView> {
  const { content, provider, seq } = earlier
  if (content === null)
    throw new ProblemError('conflict', 'What this delivery told is kept no longer: have the forge send it again.')
  const mismatch = findMismatch(app, content)
  if (mismatch) return { status: 'ignored', jobs: [], reasons: [mismatch] }
  const deliveryId = `${earlier.deliveryId.slice(0, longestId)}~${randomBytes(6).toString('hex')}`
  const delivery = { app: app.app, provider, deliveryId, redeliveryOf: seq, cause: 'redelivered' as const, by }
  const bodyHash = createHash('sha256').update(JSON.stringify(content)).digest('hex')
  return startDelivery(ledger, app, { ...delivery, ...tell(content) }, { by, bodyHash })
}
