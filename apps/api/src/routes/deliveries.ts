import { notFound, operations, type RecordedDelivery } from '@stevedore/contract'
import { type Delivery, getDelivery, type Ledger, listDeliveries } from '@stevedore/ledger'
import { cutPage, readCursor } from '../page.ts'
import { defineRoute } from '../route.ts'
import { redeliver } from '../webhooks/redeliver.ts'

export const listDeliveriesRoute = defineRoute(operations.listDeliveries, {
  async handle({ context: { ledger }, subject: { app }, query }) {
    const list = { ledger, name: `deliveries ${app}`, query }
    const found = await listDeliveries(ledger, { app, before: readCursor(list), limit: query.limit + 1 })
    const { items, next } = cutPage(list, found, ({ seq }) => seq)
    return { items: items.map(viewDelivery), next }
  },
})

export const getDeliveryRoute = defineRoute(operations.getDelivery, {
  handle: async ({ context, params }) => viewDelivery(await findDelivery(context.ledger, params)),
})

export const redeliverRoute = defineRoute(operations.redeliver, {
  async handle({ context: { ledger }, subject: app, params, by }) {
    return redeliver(ledger, app, await findDelivery(ledger, params), by)
  },
})

/** Throws ProblemError `not-found`. */
async function findDelivery(ledger: Ledger, { app, id }: { app: string; id: number }): Promise<Delivery> {
  const found = await getDelivery(ledger, { app, seq: id })
  if (!found) throw notFound()
  return found
}

function viewDelivery(delivery: Delivery): RecordedDelivery {
  const { seq, provider, deliveryId, event, receivedAt, completedAt, jobIds, reason, redeliveryOf, content } = delivery
  return {
    ...{ id: seq, provider, deliveryId, event, jobs: jobIds, reason, redeliveryOf },
    receivedAt: receivedAt.toISOString(),
    completedAt: completedAt?.toISOString() ?? null,
    redeliverable: content !== null,
  }
}
