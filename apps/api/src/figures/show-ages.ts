import { listCertificates, readApprovals, readBackupAge } from '@stevedore/ledger'
import type { Figured } from './figured.ts'

/** What grows older: approvals that are waited for, backups, certificates. */
export async function showAges({ ledger, metrics }: Figured): Promise<void> {
  const [approvals, backupMs, certificates] = await Promise.all([
    readApprovals(ledger),
    readBackupAge(ledger),
    listCertificates(ledger),
  ])
  metrics.approvalsWaiting.set(approvals.waiting)
  metrics.approvalOldestAge.set(approvals.oldestMs / 1_000)
  metrics.backupAge.set(backupMs / 1_000)
  metrics.certificateExpiry.reset()
  for (const { name, expiresAt } of certificates) metrics.certificateExpiry.set({ name }, expiresAt.getTime() / 1_000)
}
