import { operations, type ReadyView } from '@stevedore/contract'
import { checkLedger, shareAnswer } from '@stevedore/ledger'
import type { Publisher } from '@stevedore/queue'
import type { ApiOptions } from '../../context.ts'
import { defineRoute } from '../../route.ts'

export const readyRoute = defineRoute(operations.ready, {
  async handle({ context, reply }) {
    const view = await context.readiness()
    return reply.code(view.status === 'unready' ? 503 : 200).send(view)
  },
})

/** What `/ready` says. Anybody may ask, so ledger and transport are asked once a second at most; they have three to answer. */
export function openReadiness({ ledger }: Pick<ApiOptions, 'ledger'>, publisher: Publisher): () => Promise<ReadyView> {
  const askLedger = shareAnswer(() => checkLedger(ledger))
  const askTransport = shareAnswer(() => publisher.ping())
  return async () => {
    const [{ reachable, migrated }, transport] = await Promise.all([
      // A probe says that it is not ready, whatever keeps it from being so.
      askLedger().catch(() => ({ reachable: false, migrated: false })),
      askTransport().then(
        () => 'ok' as const,
        () => 'away' as const,
      ),
    ])
    return {
      status: !(reachable && migrated) ? 'unready' : transport === 'ok' ? 'ready' : 'degraded',
      ledger: reachable ? 'ok' : 'away',
      migrations: !reachable ? 'unknown' : migrated ? 'ok' : 'missing',
      transport,
    }
  }
}
