import { readConfig } from '@stevedore/config'
import { openLedger } from '@stevedore/ledger'
import { createPostgresTransport, createRedisTransport } from '@stevedore/queue'
import { createLogger, createMetrics } from '@stevedore/telemetry'
import { startWorker } from '@stevedore/worker'
import { createScriptedEngines } from './engines.ts'
import { openScript } from './script.ts'

/** Run by tests as a process of its own: a worker as operators start it, but for its engines. */
const [scriptDir = ''] = process.argv.slice(2)
const orphaned = () => process.exit(1)
process.once('disconnect', orphaned)
const config = readConfig()
const url = config.databaseUrl ?? ''
const ledger = openLedger({ url })
const worker = await startWorker({
  config,
  ledger,
  transport: config.redisUrl ? createRedisTransport({ url: config.redisUrl }) : createPostgresTransport({ url }),
  logger: createLogger({ level: config.logLevel }),
  metrics: createMetrics(),
  engines: createScriptedEngines(openScript(scriptDir), ledger),
})
process.once('SIGTERM', async () => {
  await worker.close()
  await ledger.close()
  process.off('disconnect', orphaned)
  process.disconnect()
})
process.send?.({})
