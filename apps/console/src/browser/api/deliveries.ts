import { fillIn, send } from './client.ts'
import { RefusedError } from './problem.ts'

/** A webhook as it was received, and what it led to. */
export interface Delivery {
  id: string
  provider: string
  deliveryId: string
  event: string | null
  receivedAt: string
  completedAt: string | null
  jobs: string[]
  reason: string | null
  redeliverable: boolean
}

export async function listDeliveries(app: string, signal: AbortSignal): Promise<Delivery[]> {
  try {
    const page: { items: Delivery[] } = await (
      await send(fillIn('/v1/apps/:app/deliveries', { app }), { signal })
    ).json()
    return page.items
  } catch (error) {
    if (error instanceof RefusedError && error.refusal.status === 404) return []
    throw error
  }
}
