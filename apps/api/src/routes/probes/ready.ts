import { checkLedger } from '@stevedore/ledger'
import { z } from 'zod'
import { withDeadline } from '../../deadline.ts'
import type { Edge } from '../../edge.ts'
import { defineRoute } from '../../route.ts'

const checkTimeoutMs = 3_000

const readyView = z.object({
  status: z.enum(['ready', 'degraded', 'unready']),
  ledger: z.enum(['ok', 'away']),
  migrations: z.enum(['ok', 'missing', 'unknown']),
  transport: z.enum(['ok', 'away']),
})

export const readyRoute = defineRoute({
  method: 'GET',
  url: '/ready',
  name: 'ready',
  summary:
    'Whether requests can be taken: 503 without the ledger or its migrations. With the transport away work is still accepted and waits: `degraded`.',
  access: 'public',
  answers: { 200: readyView, 503: readyView },
  async handle({ edge, reply }) {
    const [ledger, transport] = await Promise.all([readLedger(edge), readTransport(edge)])
    const able = ledger.reachable && ledger.migrated
    return reply.code(able ? 200 : 503).send({
      status: !able ? 'unready' : transport === 'ok' ? 'ready' : 'degraded',
      ledger: ledger.reachable ? 'ok' : 'away',
      migrations: !ledger.reachable ? 'unknown' : ledger.migrated ? 'ok' : 'missing',
      transport,
    } satisfies z.infer<typeof readyView>)
  },
})

async function readLedger({ ledger }: Edge): Promise<{ reachable: boolean; migrated: boolean }> {
  return soon(checkLedger(ledger)).catch(() => ({ reachable: false, migrated: false }))
}

async function readTransport({ publisher }: Edge): Promise<'ok' | 'away'> {
  return soon(publisher.ping()).then(
    () => 'ok',
    () => 'away',
  )
}

function soon<T>(work: Promise<T>): Promise<T> {
  return withDeadline(work, checkTimeoutMs, () => new Error('no answer'))
}
