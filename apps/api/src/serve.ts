import type { Config } from '@stevedore/config'
import { migrateLedger, openLedger } from '@stevedore/ledger'
import { createPostgresTransport, createRedisTransport, migrateTransport } from '@stevedore/queue'
import { createLogger, createMetrics } from '@stevedore/telemetry'
import { ensureFirstToken } from './first-token.ts'
import { type RunningApi, startApi } from './start-api.ts'

/** Less than the time in which a caller is told that the ledger does not answer. */
const statementTimeoutMs = 4_000

/**
 * An API on its own, with a ledger and a transport that it opens and closes itself.
 * @param options.onFirstToken is given the admin token of the very first start
 */
export async function serveApi(
  config: Config & { databaseUrl: string },
  options: { onFirstToken(token: string): void },
): Promise<RunningApi> {
  const logger = createLogger({ level: config.logLevel, name: 'api' })
  await migrateLedger(config.databaseUrl)
  const ledger = openLedger({
    url: config.databaseUrl,
    ...(config.masterKey ? { masterKey: config.masterKey } : {}),
    statementTimeoutMs,
    onError: (err) => logger.warn({ err }, 'the ledger’s connection failed'),
  })
  try {
    const token = await ensureFirstToken(ledger, config)
    if (token) options.onFirstToken(token)
    const transport = await openTransport(config)
    const api = await startApi({ config, ledger, transport, logger, metrics: createMetrics() })
    logger.info({ address: api.address }, 'listening')
    return { address: api.address, close: () => api.close().finally(() => ledger.close()) }
  } catch (error) {
    await ledger.close()
    throw error
  }
}

async function openTransport({ redisUrl, databaseUrl }: { redisUrl?: string | undefined; databaseUrl: string }) {
  if (redisUrl) return createRedisTransport({ url: redisUrl })
  await migrateTransport(databaseUrl)
  return createPostgresTransport({ url: databaseUrl })
}
