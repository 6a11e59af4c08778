import { startApi } from '@stevedore/api'
import { chooseCheckpoints } from './checkpoints.ts'
import type { DatabaseConfig } from './config.ts'
import { openFarewell, throwUncaught } from './farewell.ts'
import { ensureFirstToken } from './first-token.ts'
import { refusePlainHttp } from './refuse-plain-http.ts'
import { openResources } from './resources.ts'

/** Less than the time in which a caller is told that the ledger does not answer. */
const statementTimeoutMs = 4_000

/** `stevedore api`: an API alone, until a signal. Requests in hand are finished. */
export async function runApi(config: DatabaseConfig): Promise<void> {
  refusePlainHttp(config)
  await using running = openFarewell()
  const resources = await openResources(config, running, { name: 'api', statementTimeoutMs })
  await ensureFirstToken(resources)
  const api = await startApi({ ...resources, checkpoints: await chooseCheckpoints(config, resources.logger) })
  running.defer('the API', api.close)
  resources.logger.info({ address: api.address }, 'listening')
  throwUncaught(await running.begun)
}
