import { rm } from 'node:fs/promises'
import { ensureFirstToken, startApi } from '@stevedore/api'
import type { Config } from '@stevedore/config'
import { EmbeddedPostgresError, startEmbeddedPostgres } from '@stevedore/embedded-postgres'
import { createLogger, startTracing } from '@stevedore/telemetry'
import { startWorker } from '@stevedore/worker'
import { CliError, exitStatus } from '../exit.ts'
import { localFiles } from '../local-files.ts'
import { claimDataDir } from './claim-data-dir.ts'
import { prepareDataDir, writePrivateFile } from './data-dir.ts'
import { layFoundation, migrate } from './foundation.ts'
import { openLogFile } from './log-file.ts'
import { createUndoList, type UndoList } from './undo-list.ts'

export interface Running {
  address: string
  /** The admin token of the very first start. */
  firstToken: string | undefined
  /** Where the log lines go when not to this terminal. */
  logFile: string | undefined
  /** Lets jobs finish within the grace, hands the rest over, and ends what was started. */
  close(): Promise<void>
}

/** Everything in one process: a database where none is given, the API and a worker. */
export async function startEverything(config: Config): Promise<Running> {
  const undo = createUndoList()
  try {
    return await start(config, undo)
  } catch (error) {
    await undo.run().catch(() => {})
    throw error
  }
}

async function start(config: Config, undo: UndoList): Promise<Running> {
  const { dataDir } = config
  await prepareDataDir(dataDir)
  undo.add(await claimDataDir(dataDir))
  const stored = { ...config, databaseUrl: config.databaseUrl ?? (await startDatabase(dataDir, undo)) }
  await migrate(stored)

  const tracing = await startTracing({ endpoint: config.otlpEndpoint, serviceName: 'stevedore' })
  undo.add(() => tracing.stop())
  const log = openLogFile(dataDir)
  const logger = createLogger({ level: config.logLevel, name: 'stevedore', ...(log && { destination: log.stream }) })
  const foundation = await layFoundation(stored, logger)
  undo.add(() => foundation.ledger.close())
  const firstToken = await ensureFirstToken(foundation.ledger, config)

  const { workerKinds: kinds, workerConcurrency: concurrency } = config
  const worker = await startWorker({ ...foundation, kinds, concurrency })
  undo.add(() => worker.close())
  const api = await startApi(foundation)
  undo.add(() => api.close())
  await writePrivateFile(localFiles.url(dataDir), api.address)
  undo.add(() => rm(localFiles.url(dataDir), { force: true }))
  return { address: api.address, firstToken, logFile: log?.path, close: () => undo.run() }
}

async function startDatabase(dataDir: string, undo: UndoList): Promise<string> {
  const database = await startEmbeddedPostgres({ dataDir }).catch((error) => {
    if (!(error instanceof EmbeddedPostgresError)) throw error
    const status = error.code === 'not-installed' ? exitStatus.usage : exitStatus.failed
    throw new CliError(status, error.message, error.remedy)
  })
  undo.add(() => database.stop())
  return database.url
}
