import { operations } from '@stevedore/contract'
import { readTrailRights } from '@stevedore/ledger'
import { defineRoute } from '../../route.ts'

export const getAuditGuardRoute = defineRoute(operations.getAuditGuard, {
  handle: ({ context }) => readTrailRights(context.ledger),
})
