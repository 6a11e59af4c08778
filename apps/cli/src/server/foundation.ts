import type { Config } from '@stevedore/config'
import { type Ledger, migrateLedger, openLedger } from '@stevedore/ledger'
import { type BullTransport, createPostgresTransport, createRedisTransport, migrateTransport } from '@stevedore/queue'
import { createMetrics, type Logger, type Metrics } from '@stevedore/telemetry'
import { ensureMasterKey } from './data-dir.ts'

export type StoredConfig = Config & { databaseUrl: string }

/** What an API and a worker both stand on. */
export interface Foundation {
  config: StoredConfig
  ledger: Ledger
  transport: BullTransport
  logger: Logger
  metrics: Metrics
}

/** Brings the tables of the ledger, and of the queue where PostgreSQL carries it, up to date. */
export async function migrate({ databaseUrl, redisUrl }: StoredConfig): Promise<void> {
  await migrateLedger(databaseUrl)
  if (redisUrl === undefined) await migrateTransport(databaseUrl)
}

/** Opens the ledger and the transport of a database that is up to date. */
export async function layFoundation(config: StoredConfig, logger: Logger): Promise<Foundation> {
  const masterKey = config.masterKey ?? (await ensureMasterKey(config.dataDir))
  const { databaseUrl, redisUrl } = config
  const onError = (err: Error) => logger.warn({ err }, 'a connection of the ledger failed')
  return {
    config: { ...config, masterKey },
    ledger: openLedger({ url: databaseUrl, masterKey, onError }),
    transport: redisUrl ? createRedisTransport({ url: redisUrl }) : createPostgresTransport({ url: databaseUrl }),
    logger,
    metrics: createMetrics(),
  }
}
