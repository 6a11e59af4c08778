import { rm } from 'node:fs/promises'
import { startApi } from '@stevedore/api'
import { type Config, localFiles } from '@stevedore/config'
import { startWorker } from '@stevedore/worker'
import { chooseCheckpoints } from './checkpoints.ts'
import { claimDataDir } from './claim-data-dir.ts'
import { prepareDataDir, writePrivateFile } from './data-dir.ts'
import { type Farewell, openFarewell, throwUncaught } from './farewell.ts'
import { ensureFirstToken } from './first-token.ts'
import { type LogFile, openLogFile } from './log-file.ts'
import { refusePlainHttp } from './refuse-plain-http.ts'
import { openResources, type Resources } from './resources.ts'

/**
 * `stevedore up`: everything in one process, until a signal. Then jobs may finish within the grace, and the rest is handed over. Rejects,
 * once all has ended, when its own database was lost.
 */
export async function runUp(config: Config): Promise<void> {
  refusePlainHttp(config)
  await using running = openFarewell(config.graceMs)
  const { lost } = await startParts(config, running)
  const loss = await Promise.race([running.begun, lost])
  if (loss instanceof Error) throw loss
  throwUncaught(loss)
  console.log('Stopping; jobs that run may finish first. Once more ends at once.')
}

/** Each part ends, when the stack is disposed of, before those that it stands on. */
async function startParts(config: Config, running: Farewell): Promise<Resources> {
  const { dataDir } = config
  await prepareDataDir(dataDir)
  await claimDataDir(dataDir)
  const log = openLogFile(dataDir)
  const resources = await openResources(config, running, { name: 'stevedore', destination: log?.stream })
  await ensureFirstToken(resources)
  const worker = await startWorker(resources)
  running.defer('the worker', () => worker.close(running.graceMs(), running.hurry))
  const { address, close } = await startApi({
    ...resources,
    checkpoints: await chooseCheckpoints(config, resources.logger),
  })
  running.defer('the API', close)
  running.defer('the file of its address', await tellAddress(dataDir, address))
  announce(address, log)
  return resources
}

/** Leaves the address for the command line, while it holds. Gives how to take it back. */
async function tellAddress(dataDir: string, address: string): Promise<() => Promise<void>> {
  const path = localFiles.url(dataDir)
  await writePrivateFile(path, address)
  return () => rm(path, { force: true })
}

function announce(address: string, log: LogFile | undefined): void {
  console.log(`Stevedore listens on ${address}`)
  console.log(`  console  ${address}/console`)
  console.log(`  API      ${address}/docs`)
  console.log(`  queues   ${address}/queues`)
  if (log) console.log(`  log      ${log.path}`)
}
