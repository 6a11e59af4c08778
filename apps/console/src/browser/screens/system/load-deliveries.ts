import type { Page } from '@stevedore/contract'
import { fillIn, send, writeQuery } from '../../api/client.ts'
import { RefusedError } from '../../api/problem.ts'

/** A webhook as it was received, and what came of it. */
export interface Delivery {
  id: string
  provider: string
  /** The sender's own id. */
  deliveryId: string
  event: string | null
  receivedAt: string
  completedAt: string | null
  jobs: string[]
  /** Why it started nothing. */
  reason: string | null
  redeliverable: boolean
}

export interface Deliveries {
  app: string
  page: Page<Delivery>
}

const url = '/v1/apps/:app/deliveries'

/** Newest first; null where there is no such app. */
export async function listDeliveries(
  app: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Deliveries | null> {
  try {
    const response = await send(fillIn(url, { app }) + writeQuery({ cursor, limit: 25 }), { signal })
    return { app, page: await response.json() }
  } catch (error) {
    if (error instanceof RefusedError && error.refusal.status === 404) return null
    throw error
  }
}

/** Has a delivery judged once more. Throws what the client throws. */
export async function redeliver(app: string, id: string): Promise<void> {
  await send(fillIn(`${url}/:id/redeliver`, { app, id }), { method: 'POST', body: {} })
}
