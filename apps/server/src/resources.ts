import type { Config } from '@stevedore/config'
import { classifyFailure, failureCodes, jobKinds } from '@stevedore/contract'
import { type Ledger, openLedger } from '@stevedore/ledger'
import { type BullTransport, createPostgresTransport, createRedisTransport } from '@stevedore/queue'
import {
  createLogger,
  createMetrics,
  type Logger,
  type LoggerOptions,
  type Metrics,
  startTracing,
} from '@stevedore/telemetry'
import type { CommandError } from './command-error.ts'
import type { DatabaseConfig } from './config.ts'
import { ensureKey } from './data-dir.ts'
import { openDatabase } from './database.ts'
import type { Farewell } from './farewell.ts'
import { migrateOrCheck } from './migrate.ts'
import { warnOfMasterKey } from './warn-of-master-key.ts'
import { warnOfRights } from './warn-of-rights.ts'

/** What an API and a worker both work with. */
export interface Resources {
  config: Config
  ledger: Ledger
  transport: BullTransport
  logger: Logger
  metrics: Metrics
  /** Resolves once the database cannot be had any more, with what to tell. */
  lost: Promise<CommandError>
}

export interface ResourceOptions {
  /** What log lines name as their source. */
  name: keyof typeof serviceNames
  /** Where log lines go; to standard output when absent. */
  destination?: LoggerOptions['destination'] | undefined
  /** Of the ledger; its own default when absent. */
  statementTimeoutMs?: number
}

/** What counts of jobs go by. Only a failure that is not permanent is tried again. */
const labelValues = { kind: jobKinds, code: failureCodes.filter((code) => classifyFailure(code) !== 'permanent') }

/** What spans name as their source. */
const serviceNames = { stevedore: 'stevedore', api: 'stevedore-api', worker: 'stevedore-worker' }

/**
 * Opens all that a process shares; nothing else opens any of it. The tables are brought up to date first, or found to be.
 * @param running ends what was opened when it is disposed of, also after a start that failed
 */
export async function openResources(
  config: Config,
  running: Farewell,
  { name, destination, statementTimeoutMs }: ResourceOptions,
): Promise<Resources> {
  const logger = createLogger({ level: config.logLevel, name, ...(destination && { destination }) })
  running.tellTo(logger)
  const tracing = await startTracing({ endpoint: config.otlpEndpoint, serviceName: serviceNames[name] })
  running.defer('tracing', tracing.stop)
  const { lost, close, ...roles } = await openDatabase(config, logger)
  running.defer('the embedded PostgreSQL', close)
  await migrateOrCheck(roles, config.redisUrl)
  const masterKey = config.masterKey ?? (await ensureKey(config.dataDir, 'master-key'))
  const complete = { ...config, databaseUrl: roles.accountUrl ?? roles.ownerUrl, masterKey }
  const metrics = createMetrics(labelValues)
  const ledger = openSeenLedger(complete, statementTimeoutMs, { logger, metrics })
  running.defer('the ledger’s connections', ledger.close)
  metrics.ledgerReachable.set(1)
  await warnOfRights(ledger, { logger, metrics, environment: config.environment })
  await warnOfMasterKey(ledger, logger)
  return { config: complete, ledger, transport: createTransport(complete), logger, metrics, lost }
}

/** What goes wrong with its connections is logged; how many there are and what statements take is measured. */
function openSeenLedger(
  { databaseUrl: url, masterKey, databaseConnections: maxConnections }: DatabaseConfig,
  statementTimeoutMs: number | undefined,
  { logger, metrics }: Pick<Resources, 'logger' | 'metrics'>,
): Ledger {
  const onError = (err: Error) => logger.warn({ err }, 'a connection of the ledger failed')
  const onStatement = (statement: string, ms: number) => metrics.ledgerStatement.observe({ statement }, ms / 1_000)
  const more = statementTimeoutMs === undefined ? {} : { statementTimeoutMs }
  const ledger = openLedger({ url, masterKey, maxConnections, onError, onStatement, ...more })
  metrics.beforeRender(() => showConnections(ledger, metrics))
  return ledger
}

function showConnections(ledger: Ledger, metrics: Metrics): void {
  const { inUse, idle, waiting, most } = ledger.countConnections()
  metrics.ledgerConnections.set({ state: 'in-use' }, inUse)
  metrics.ledgerConnections.set({ state: 'idle' }, idle)
  metrics.ledgerConnectionsWaiting.set(waiting)
  metrics.ledgerConnectionsLimit.set(most)
}

function createTransport({ redisUrl, databaseUrl }: DatabaseConfig): BullTransport {
  return redisUrl ? createRedisTransport({ url: redisUrl }) : createPostgresTransport({ url: databaseUrl })
}
