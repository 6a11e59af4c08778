import { operations } from '@stevedore/contract'
import { defineRoute } from '../../route.ts'

export const healthRoute = defineRoute(operations.health, {
  handle: async () => ({ status: 'ok' as const }),
})
