import { type Ledger, readTrailRights } from '@stevedore/ledger'
import type { Logger, Metrics } from '@stevedore/telemetry'

/** Whoever takes over a service that rules the trail can switch off what keeps it: that is told at each start, and in a metric. */
export async function warnOfRights(
  ledger: Ledger,
  { logger, metrics, isDevelopment }: { logger: Logger; metrics: Metrics; isDevelopment: boolean },
): Promise<void> {
  const { role, may } = await readTrailRights(ledger)
  metrics.auditTrailUnguarded.set(may.length > 0 ? 1 : 0)
  if (may.length === 0) return
  const remedy =
    'run `stevedore migrate` as the owner with SERVICE_DATABASE_URL, and the service with that: docs/guide/install.md'
  const found = { role, may, remedy }
  if (isDevelopment) logger.info(found, 'the role of DATABASE_URL may change the audit trail')
  else logger.error(found, 'THE AUDIT TRAIL IS NOT PROTECTED FROM THE SERVICE: the role of DATABASE_URL may change it')
}
