import { tokenView } from '@stevedore/contract'
import { listTokens } from '@stevedore/ledger'
import { pageOf, wholePage } from '../../page.ts'
import { defineRoute } from '../../route.ts'
import { viewToken } from '../../views/token-view.ts'

export const listTokensRoute = defineRoute({
  method: 'GET',
  url: '/v1/tokens',
  name: 'listTokens',
  summary: 'The tokens that hold, without the tokens themselves.',
  access: { right: 'administer', reach: 'server' },
  answers: { 200: pageOf(tokenView) },
  async handle({ edge }) {
    const tokens = await listTokens(edge.ledger)
    return wholePage(tokens.filter(({ revokedAt }) => revokedAt === null).map(viewToken))
  },
})
