import type { AuditAction, AuditEntry } from '@stevedore/contract'
import { and, asc, desc, eq, gt, gte, lt, type SQL } from '../foundation/drizzle.ts'
import type { Ledger } from '../foundation/ledger.ts'
import { audit } from '../foundation/schema/audit.ts'
import { query } from '../foundation/transact.ts'

interface AuditFilter {
  actor?: string
  app?: string
  environment?: string
  jobId?: string
  action?: AuditAction
  since?: Date
  /** Default: oldest first. */
  order?: 'asc' | 'desc'
  /** Only entries that come after the one with this `seq` in that order. */
  after?: number
  limit: number
}

/** In the chain's order, or against it. */
export function listAudit(ledger: Ledger, { limit, ...filter }: AuditFilter): Promise<AuditEntry[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(audit)
      .where(isSought(filter))
      .orderBy(filter.order === 'desc' ? desc(audit.seq) : asc(audit.seq))
      .limit(limit)
    return rows.map(({ format: _format, at, ...entry }) => ({ ...entry, at: at.toISOString() }))
  })
}

function isSought(filter: Omit<AuditFilter, 'limit'>): SQL | undefined {
  const { actor, app, environment, jobId, action, since, order, after } = filter
  return and(
    actor === undefined ? undefined : eq(audit.actor, actor),
    app === undefined ? undefined : eq(audit.app, app),
    environment === undefined ? undefined : eq(audit.environment, environment),
    jobId === undefined ? undefined : eq(audit.jobId, jobId),
    action === undefined ? undefined : eq(audit.action, action),
    since === undefined ? undefined : gte(audit.at, since),
    after === undefined ? undefined : (order === 'desc' ? lt : gt)(audit.seq, after),
  )
}
