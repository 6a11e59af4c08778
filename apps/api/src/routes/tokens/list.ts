import { operations } from '@stevedore/contract'
import { listTokens } from '@stevedore/ledger'
import { wholePage } from '../../page.ts'
import { defineRoute } from '../../route.ts'
import { viewToken } from '../../views/token-view.ts'

export const listTokensRoute = defineRoute(operations.listTokens, {
  async handle({ context }) {
    const tokens = await listTokens(context.ledger)
    return wholePage(tokens.filter(({ revokedAt }) => revokedAt === null).map(viewToken))
  },
})
