import type { AuditAction, AuditDetail } from '@stevedore/contract'
import type { Database } from './ledger.ts'
import { audit } from './schema/audit.ts'

/** Who does it, for the audit trail. `actor`: `token:<name>`, `webhook:<provider>`, `schedule:<name>`, `worker:<id>`, `system`. */
export interface By {
  actor: string
  correlationId: string
  /** The trace that it is done in, as a W3C traceparent: a job goes on with it. The audit trail keeps none of it. */
  traceparent?: string | undefined
}

interface Subject {
  by: By
  app?: string | null | undefined
  environment?: string | null | undefined
  jobId?: string | undefined
}

/** An entry with what its action has to tell; those that tell nothing more leave `detail` out. */
export type NewAuditEntry = {
  [A in AuditAction]: Subject & { action: A } & (AuditDetail<A> extends Record<string, never>
      ? { detail?: undefined }
      : { detail: AuditDetail<A> })
}[AuditAction]

/** Appends to the chain; called by `transact` alone, as a transaction's last statement. The trigger `audit_chain` numbers and hashes. */
export async function appendAudit(db: Database, entries: readonly NewAuditEntry[]): Promise<void> {
  await db.insert(audit).values(
    entries.map(({ by, action, app, environment, jobId, detail }) => ({
      actor: by.actor,
      action,
      app: app ?? null,
      environment: environment ?? null,
      jobId: jobId ?? null,
      detail: detailOf({ by, detail }),
    })),
  )
}

/** What is kept of an entry's own. */
export function detailOf({ by, detail }: Pick<NewAuditEntry, 'by' | 'detail'>) {
  return { ...detail, correlationId: by.correlationId }
}
