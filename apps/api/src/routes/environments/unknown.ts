import { operations } from '@stevedore/contract'
import { listUnknownPlaces } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { defineRoute } from '../../route.ts'

export const listUnknownPlacesRoute = defineRoute(operations.listUnknownPlaces, {
  async handle({ context: { ledger } }) {
    const found = await listUnknownPlaces(ledger)
    return wholePage(found.map(({ seenAt, ...place }) => ({ ...place, seenAt: seenAt.toISOString() })))
  },
})
