import type { Config } from '@stevedore/config'
import { type Ledger, readTrailRights } from '@stevedore/ledger'
import type { Logger, Metrics } from '@stevedore/telemetry'
import { CommandError, exitStatus } from './command-error.ts'

interface Told {
  logger: Logger
  metrics: Metrics
  environment: Config['environment']
}

/**
 * Whoever takes over a service that rules the trail can switch off what keeps it: that is told at each start, and in a metric.
 * @throws a CommandError in production, which is not begun so
 */
export async function warnOfRights(ledger: Ledger, { logger, metrics, environment }: Told): Promise<void> {
  const { role, may } = await readTrailRights(ledger)
  metrics.auditTrailUnguarded.set(may.length > 0 ? 1 : 0)
  if (may.length === 0) return
  const remedy =
    'run `stevedore migrate` as the owner with SERVICE_DATABASE_URL, and the service with that: docs/guide/install.md'
  if (environment === 'production')
    throw new CommandError(
      exitStatus.failed,
      `The role ${role} of DATABASE_URL may change the audit trail: it ${may.join(', ')}`,
      `Production does not start so: ${remedy}`,
    )
  const found = { role, may, remedy }
  if (environment === 'development') logger.info(found, 'the role of DATABASE_URL may change the audit trail')
  else logger.error(found, 'THE AUDIT TRAIL IS NOT PROTECTED FROM THE SERVICE: the role of DATABASE_URL may change it')
}
