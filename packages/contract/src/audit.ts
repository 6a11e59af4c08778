/** What can stand in the audit trail. `job.transition` covers each change of a job's state, exactly one entry each. */
export const auditActions = [
  'app.declared',
  'app.retired',
  'job.requested',
  'job.transition',
  'job.cancel',
  'job.retry',
  'job.approve',
  'job.reject',
  'job.pause',
  'job.resume',
  'job.promote',
  'job.abort',
  'revision.created',
  'revision.activated',
  'revision.failed',
  'environment.removed',
  'environment.pinned',
  'environment.unpinned',
  'image.recorded',
  'secret.set',
  'secret.removed',
  'token.created',
  'token.revoked',
  'webhook.received',
] as const
export type AuditAction = (typeof auditActions)[number]

export interface AuditEntry {
  seq: number
  at: string
  /** `token:<name>`, `webhook:<provider>`, `worker:<id>` or `system`. */
  actor: string
  action: AuditAction
  app: string | null
  environment: string | null
  jobId: string | null
  detail: Record<string, unknown>
  prevHash: string
  hash: string
}

export interface AuditVerification {
  ok: boolean
  entries: number
  /** The chain's last hash: keep it elsewhere to notice a cut or rewritten tail. */
  head: string
  firstBroken?: { seq: number; reason: string }
}
