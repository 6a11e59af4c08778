import { startWorker, type WorkerOptions } from '@stevedore/worker'
import type { DatabaseConfig } from './config.ts'
import { openFarewell, throwUncaught } from './farewell.ts'
import { openResources } from './resources.ts'
import { serveProbe } from './serve-probe.ts'

type Options = Pick<WorkerOptions, 'kinds' | 'concurrency' | 'engines' | 'handlers' | 'onSignal' | 'onPoint'>

/**
 * `stevedore worker`: a worker alone, until a signal. Then jobs may finish within the grace, and the rest is handed over.
 * @param options.engines tests bring others than those that the config names
 */
export async function runWorker(config: DatabaseConfig, options: Options = {}): Promise<void> {
  await using running = openFarewell(config.graceMs)
  const resources = await openResources(config, running, { name: 'worker' })
  let closeProbe = async () => {}
  running.defer('its probe', () => closeProbe())
  const worker = await startWorker({ ...resources, ...options })
  running.defer('the worker', () => worker.close(running.graceMs(), running.hurry))
  // Asked only once it takes jobs, and for as long as it is finishing them.
  if (config.workerPort !== undefined)
    closeProbe = (await serveProbe({ ...resources, listAway: worker.listAway }, config.workerPort)).close
  const { kinds = config.workerKinds, concurrency = config.workerConcurrency } = options
  resources.logger.info({ kinds, concurrency }, 'working')
  throwUncaught(await running.begun)
}
