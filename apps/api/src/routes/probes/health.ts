import { z } from 'zod'
import { defineRoute } from '../../route.ts'

export const healthRoute = defineRoute({
  method: 'GET',
  url: '/health',
  name: 'health',
  summary: 'The process answers.',
  access: 'public',
  answers: { 200: z.object({ status: z.literal('ok') }) },
  handle: async () => ({ status: 'ok' as const }),
})
