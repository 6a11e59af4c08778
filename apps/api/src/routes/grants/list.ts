import { notFound, operations } from '@stevedore/contract'
import { listGrants } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewGrant } from '../../views/grant-view.ts'

export const listGrantsRoute = defineRoute(operations.listGrants, {
  async handle({ context: { ledger }, query: { app, kind }, token }) {
    if (app !== undefined && !canSee(token, { app, environment: null })) throw notFound()
    const found = await listGrants(ledger, { app: app ?? token.app ?? undefined })
    // Which repositories every app may read names other apps' as well: for who sees those.
    const seen = token.app === null ? found : found.filter((grant) => grant.app === token.app)
    return wholePage(seen.filter((grant) => kind === undefined || grant.kind === kind).map(viewGrant))
  },
})
