import type { By } from './audit/append-audit.ts'
import { type EnvironmentKey, isEnvironment } from './line.ts'
import { environments } from './schema/environments.ts'
import type { Transaction } from './transact.ts'

/** The environment is locked already. @param jobId the deploy that ended the pin */
export async function unpin(tx: Transaction, key: EnvironmentKey, by: By, jobId?: string): Promise<void> {
  const { app, environment } = key
  await tx.db.update(environments).set({ pinnedBy: null, pinnedAt: null }).where(isEnvironment(key))
  tx.record({ by, action: 'environment.unpinned', app, environment, ...(jobId && { jobId }) })
}
