import type { AuditAction } from '@stevedore/contract'
import type { Database } from '../ledger.ts'
import { audit } from '../schema/audit.ts'

/** Who does it, for the audit trail. `actor`: `token:<name>`, `webhook:<provider>`, `worker:<id>`, `system`. */
export interface By {
  actor: string
  correlationId: string
}

export interface NewAuditEntry {
  by: By
  action: AuditAction
  app?: string | null
  environment?: string | null
  jobId?: string
  /** Never a secret: the trail is for ever. */
  detail?: Record<string, unknown>
}

/** Appends to the chain; called by `transact` alone, as a transaction's last statement. The trigger `audit_chain` numbers and hashes. */
export async function appendAudit(db: Database, entries: readonly NewAuditEntry[]): Promise<void> {
  await db.insert(audit).values(
    entries.map(({ by, action, app, environment, jobId, detail }) => ({
      actor: by.actor,
      action,
      app: app ?? null,
      environment: environment ?? null,
      jobId: jobId ?? null,
      detail: { ...detail, correlationId: by.correlationId },
    })),
  )
}
