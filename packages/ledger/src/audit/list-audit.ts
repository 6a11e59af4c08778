import type { AuditAction, AuditEntry } from '@stevedore/contract'
import { and, asc, eq, gt, gte } from 'drizzle-orm'
import type { Ledger } from '../ledger.ts'
import { audit } from '../schema/audit.ts'
import { query } from '../transact.ts'

export interface AuditFilter {
  actor?: string
  app?: string
  action?: AuditAction
  since?: Date
  /** Only entries behind the one with this `seq`. */
  after?: number
  limit: number
}

/** In the chain's order, oldest first. */
export function listAudit(ledger: Ledger, o: AuditFilter): Promise<AuditEntry[]> {
  return query(ledger, async (db) => {
    const rows = await db
      .select()
      .from(audit)
      .where(
        and(
          o.actor === undefined ? undefined : eq(audit.actor, o.actor),
          o.app === undefined ? undefined : eq(audit.app, o.app),
          o.action === undefined ? undefined : eq(audit.action, o.action),
          o.since === undefined ? undefined : gte(audit.at, o.since),
          o.after === undefined ? undefined : gt(audit.seq, o.after),
        ),
      )
      .orderBy(asc(audit.seq))
      .limit(o.limit)
    return rows.map(({ format: _format, at, ...entry }) => ({ ...entry, at: at.toISOString() }))
  })
}
