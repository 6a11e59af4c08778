import { startApi } from '@stevedore/api'
import { chooseCheckpoints } from './checkpoints.ts'
import type { DatabaseConfig } from './config.ts'
import { ensureFirstToken } from './first-token.ts'
import { openResources } from './resources.ts'
import { waitForSignal } from './wait-for-signal.ts'

/** Less than the time in which a caller is told that the ledger does not answer. */
const statementTimeoutMs = 4_000

/** `stevedore api`: an API alone, until a signal. Requests in hand are finished. */
export async function runApi(config: DatabaseConfig): Promise<void> {
  const signal = waitForSignal()
  await using running = new AsyncDisposableStack()
  const resources = await openResources(config, running, { name: 'api', statementTimeoutMs })
  await ensureFirstToken(resources)
  const api = await startApi({ ...resources, checkpoints: await chooseCheckpoints(config, resources.logger) })
  running.defer(api.close)
  resources.logger.info({ address: api.address }, 'listening')
  await signal
}
