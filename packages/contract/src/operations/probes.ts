import { z } from 'zod'
import { defineOperation } from './operation.ts'

export const health = defineOperation({
  method: 'GET',
  url: '/health',
  summary: 'The process answers.',
  access: 'public',
  answers: { 200: z.object({ status: z.literal('ok') }) },
})

export const readyView = z.object({
  status: z.enum(['ready', 'degraded', 'unready']),
  ledger: z.enum(['ok', 'away']),
  migrations: z.enum(['ok', 'missing', 'unknown']),
  transport: z.enum(['ok', 'away']),
})
export type ReadyView = z.output<typeof readyView>

export const ready = defineOperation({
  method: 'GET',
  url: '/ready',
  summary:
    'Whether requests can be taken: 503 without the ledger or its migrations. With the transport away work is still accepted and waits: `degraded`.',
  access: 'public',
  answers: { 200: readyView, 503: readyView },
})

export const metrics = defineOperation({
  method: 'GET',
  url: '/metrics',
  summary: 'Metrics in Prometheus’ text format.',
  access: { right: 'read', reach: 'server' },
  answers: { 200: 'text/plain' },
})
