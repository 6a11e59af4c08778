import { type AuditEntry, notFound, operations } from '@stevedore/contract'
import { listAudit } from '@stevedore/ledger'
import { cutPage, readCursor } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'

export const listAuditRoute = defineRoute(operations.listAudit, {
  async handle({ context, query, token }) {
    if (query.app && token.app && query.app !== token.app) throw notFound()
    const app = query.app ?? token.app ?? undefined
    const list = { ledger: context.ledger, name: 'audit', query }
    const after = readCursor(list)
    const found = await listAudit(context.ledger, {
      ...(app ? { app } : {}),
      ...(query.actor ? { actor: query.actor } : {}),
      ...(query.environment ? { environment: query.environment } : {}),
      ...(query.job ? { jobId: query.job } : {}),
      ...(query.action ? { action: query.action } : {}),
      ...(query.since ? { since: new Date(query.since) } : {}),
      ...(after === undefined ? {} : { after }),
      order: query.order,
      limit: query.limit + 1,
    })
    const { items, next } = cutPage(list, found, (entry) => entry.seq)
    return { items: items.filter((entry) => isVisible(entry)), next }

    function isVisible({ app, environment }: AuditEntry): boolean {
      return token.app === null ? canSeeAll(environment) : app !== null && canSee(token, { app, environment })
    }

    function canSeeAll(environment: string | null): boolean {
      return token.environment === null || environment === null || environment === token.environment
    }
  },
})
