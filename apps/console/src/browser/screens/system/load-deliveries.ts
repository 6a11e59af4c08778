import type { Page, RecordedDelivery } from '@stevedore/contract'
import { ask } from '../../api/client.ts'
import { RefusedError } from '../../api/problem.ts'

export interface Deliveries {
  app: string
  page: Page<RecordedDelivery>
}

/** Newest first; null where there is no such app. */
export async function listDeliveries(
  app: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Deliveries | null> {
  try {
    return { app, page: await ask('listDeliveries', { params: { app }, query: { cursor, limit: 25 }, signal }) }
  } catch (error) {
    if (error instanceof RefusedError && error.refusal.status === 404) return null
    throw error
  }
}
