import { type AuditEntry, appName, auditActions } from '@stevedore/contract'
import { listAudit } from '@stevedore/ledger'
import { z } from 'zod'
import { cutPage, pageOf } from '../../page.ts'
import { cursor, limit } from '../../query.ts'
import { canSee } from '../../reach.ts'
import { notFound } from '../../refusals.ts'
import { defineRoute } from '../../route.ts'

const auditEntryView: z.ZodType<AuditEntry> = z.object({
  seq: z.int(),
  at: z.iso.datetime(),
  actor: z.string(),
  action: z.enum(auditActions),
  app: z.string().nullable(),
  environment: z.string().nullable(),
  jobId: z.uuid().nullable(),
  detail: z.record(z.string(), z.unknown()),
  prevHash: z.string(),
  hash: z.string(),
})

export const listAuditRoute = defineRoute({
  method: 'GET',
  url: '/v1/audit',
  name: 'listAudit',
  summary: 'The audit trail in its order; `since` is a time, `cursor` goes on after an entry.',
  access: { right: 'read', reach: 'scoped' },
  query: z.strictObject({
    actor: z.string().max(200).optional(),
    app: appName.optional(),
    action: z.enum(auditActions).optional(),
    since: z.iso.datetime({ offset: true }).optional(),
    limit,
    cursor: cursor.optional(),
  }),
  answers: { 200: pageOf(auditEntryView) },
  async handle({ edge, query, token }) {
    if (query.app && token.app && query.app !== token.app) throw notFound()
    const app = query.app ?? token.app ?? undefined
    const found = await listAudit(edge.ledger, {
      ...(app ? { app } : {}),
      ...(query.actor ? { actor: query.actor } : {}),
      ...(query.action ? { action: query.action } : {}),
      ...(query.since ? { since: new Date(query.since) } : {}),
      ...(query.cursor === undefined ? {} : { after: query.cursor }),
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
