import type { Config } from '@stevedore/config'
import { migrateLedger, openLedger } from '@stevedore/ledger'
import { createPostgresTransport, createRedisTransport, migrateTransport } from '@stevedore/queue'
import { createLogger, createMetrics, startTracing } from '@stevedore/telemetry'
import { ensureFirstToken } from './first-token.ts'
import { type RunningApi, startApi } from './start-api.ts'

/** Less than the time in which a caller is told that the ledger does not answer. */
const statementTimeoutMs = 4_000

/** What an API on its own cannot do without: `stevedore up` brings both. */
export type ServedConfig = Config & { databaseUrl: string; masterKey: Buffer }

/**
 * An API on its own, with a ledger and a transport that it opens and closes itself.
 * @param options.onFirstToken is given the admin token of the very first start
 */
export async function serveApi(
  config: ServedConfig,
  options: { onFirstToken(token: string): void },
): Promise<RunningApi> {
  const logger = createLogger({ level: config.logLevel, name: 'api' })
  const tracing = await startTracing({ endpoint: config.otlpEndpoint, serviceName: 'stevedore-api' })
  await migrateLedger(config.databaseUrl)
  const ledger = openLedger({
    url: config.databaseUrl,
    masterKey: config.masterKey,
    statementTimeoutMs,
    onError: (err) => logger.warn({ err }, 'the ledger’s connection failed'),
  })
  const closeOwn = async () => {
    await ledger.close()
    await tracing.stop()
  }
  try {
    const token = await ensureFirstToken(ledger, config)
    if (token) options.onFirstToken(token)
    const transport = await openTransport(config)
    const api = await startApi({ config, ledger, transport, logger, metrics: createMetrics() })
    logger.info({ address: api.address }, 'listening')
    return { address: api.address, close: () => api.close().finally(closeOwn) }
  } catch (error) {
    await closeOwn()
    throw error
  }
}

async function openTransport({ redisUrl, databaseUrl }: { redisUrl?: string | undefined; databaseUrl: string }) {
  if (redisUrl) return createRedisTransport({ url: redisUrl })
  await migrateTransport(databaseUrl)
  return createPostgresTransport({ url: databaseUrl })
}
