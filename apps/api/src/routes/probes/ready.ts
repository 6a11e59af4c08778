import { operations, type ReadyView } from '@stevedore/contract'
import { checkLedger } from '@stevedore/ledger'
import type { ApiContext } from '../../context.ts'
import { withDeadline } from '../../deadline.ts'
import { defineRoute } from '../../route.ts'

const checkTimeoutMs = 3_000

export const readyRoute = defineRoute(operations.ready, {
  async handle({ context, reply }) {
    const [ledger, transport] = await Promise.all([readLedger(context), readTransport(context)])
    const able = ledger.reachable && ledger.migrated
    return reply.code(able ? 200 : 503).send({
      status: !able ? 'unready' : transport === 'ok' ? 'ready' : 'degraded',
      ledger: ledger.reachable ? 'ok' : 'away',
      migrations: !ledger.reachable ? 'unknown' : ledger.migrated ? 'ok' : 'missing',
      transport,
    } satisfies ReadyView)
  },
})

async function readLedger({ ledger }: ApiContext): Promise<{ reachable: boolean; migrated: boolean }> {
  // A probe says that it is not ready, whatever keeps it from being so.
  return soon(checkLedger(ledger)).catch(() => ({ reachable: false, migrated: false }))
}

async function readTransport({ publisher }: ApiContext): Promise<'ok' | 'away'> {
  return soon(publisher.ping()).then(
    () => 'ok',
    () => 'away',
  )
}

function soon<T>(work: Promise<T>): Promise<T> {
  return withDeadline(work, checkTimeoutMs, () => new Error('no answer'))
}
