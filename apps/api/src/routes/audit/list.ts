import { type AuditEntry, notFound, operations } from '@stevedore/contract'
import { listAudit } from '@stevedore/ledger'
import { cutPage } from '../../page.ts'
import { canSee } from '../../reach.ts'
import { defineRoute } from '../../route.ts'

export const listAuditRoute = defineRoute(operations.listAudit, {
  async handle({ context, query, token }) {
    if (query.app && token.app && query.app !== token.app) throw notFound()
    const app = query.app ?? token.app ?? undefined
    const found = await listAudit(context.ledger, {
      ...(app ? { app } : {}),
      ...(query.actor ? { actor: query.actor } : {}),
      ...(query.action ? { action: query.action } : {}),
      ...(query.since ? { since: new Date(query.since) } : {}),
      ...(query.cursor === undefined ? {} : { after: query.cursor }),
      order: query.order,
      limit: query.limit + 1,
    })
    const { items, next } = cutPage(found, query.limit, (entry) => entry.seq)
    return { items: items.filter((entry) => isVisible(entry)), next }

    function isVisible({ app, environment }: AuditEntry): boolean {
      return token.app === null ? canSeeAll(environment) : app !== null && canSee(token, { app, environment })
    }

    function canSeeAll(environment: string | null): boolean {
      return token.environment === null || environment === null || environment === token.environment
    }
  },
})
