import { listRights, operations } from '@stevedore/contract'
import { isServerWide } from '../../reach.ts'
import { defineRoute } from '../../route.ts'
import { viewToken } from '../../views/token-view.ts'

export const getMeRoute = defineRoute(operations.getMe, {
  handle: async ({ token }) => ({
    token: viewToken(token),
    rights: listRights(token.role),
    server: isServerWide(token),
  }),
})
