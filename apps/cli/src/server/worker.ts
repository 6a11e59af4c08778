import type { JobKind } from '@stevedore/contract'
import { createLogger, startTracing } from '@stevedore/telemetry'
import { startWorker } from '@stevedore/worker'
import { layFoundation, migrate, type StoredConfig } from './foundation.ts'
import { serveProbe } from './serve-probe.ts'
import { waitForSignal } from './wait-for-signal.ts'

/** A worker on its own, until a signal: then jobs may finish within the grace, and the rest is handed over. */
export async function runWorker(
  config: StoredConfig,
  options: { kinds: JobKind[]; concurrency: number },
): Promise<void> {
  const signal = waitForSignal()
  const logger = createLogger({ level: config.logLevel, name: 'worker' })
  const tracing = await startTracing({ endpoint: config.otlpEndpoint, serviceName: 'stevedore-worker' })
  await migrate(config)
  const foundation = await layFoundation(config, logger)
  const worker = await startWorker({ ...foundation, ...options })
  const probe = config.workerPort === undefined ? undefined : await serveProbe(foundation, config.workerPort)
  logger.info(options, 'working')
  await signal
  await worker.close()
  await probe?.close()
  await foundation.ledger.close()
  await tracing.stop()
}
