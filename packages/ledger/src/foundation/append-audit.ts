import type { AuditAction, AuditDetail } from '@stevedore/contract'
import { sql } from './drizzle.ts'
import type { Database } from './ledger.ts'
import { prepareOnce } from './prepare-once.ts'
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
  const [first, ...others] = entries.map(toRow)
  if (first && others.length === 0) await insertOne(db).execute(first)
  else if (first) await db.insert(audit).values([first, ...others])
}

/** Nearly every transaction has one. */
const insertOne = prepareOnce((db) => {
  const [actor, action, app] = [sql.placeholder('actor'), sql.placeholder('action'), sql.placeholder('app')]
  const [environment, jobId] = [sql.placeholder('environment'), sql.placeholder('jobId')]
  const values = { actor, action, app, environment, jobId, detail: sql.placeholder('detail') }
  return db.insert(audit).values(values).prepare('audit-entry')
})

function toRow({ by, action, app, environment, jobId, detail }: NewAuditEntry) {
  return {
    ...{ actor: by.actor, action, app: app ?? null, environment: environment ?? null, jobId: jobId ?? null },
    detail: detailOf({ by, detail }),
  }
}

/** What is kept of an entry's own. */
export function detailOf({ by, detail }: Pick<NewAuditEntry, 'by' | 'detail'>) {
  return { ...detail, correlationId: by.correlationId }
}
