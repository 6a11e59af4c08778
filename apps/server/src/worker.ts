import { startWorker, type WorkerOptions } from '@stevedore/worker'
import type { DatabaseConfig } from './config.ts'
import { openResources } from './resources.ts'
import { serveProbe } from './serve-probe.ts'
import { waitForSignal } from './wait-for-signal.ts'

type Options = Pick<WorkerOptions, 'kinds' | 'concurrency' | 'engines'>

/**
 * `stevedore worker`: a worker alone, until a signal. Then jobs may finish within the grace, and the rest is handed over.
 * @param options.engines tests bring others than those that the config names
 */
export async function runWorker(config: DatabaseConfig, options: Options = {}): Promise<void> {
  const signal = waitForSignal(config.graceMs)
  await using running = new AsyncDisposableStack()
  const resources = await openResources(config, running, { name: 'worker' })
  let closeProbe = async () => {}
  running.defer(() => closeProbe())
  const worker = await startWorker({ ...resources, ...options })
  running.defer(worker.close)
  // Asked only once it takes jobs, and for as long as it is finishing them.
  if (config.workerPort !== undefined)
    closeProbe = (await serveProbe({ ...resources, listAway: worker.listAway }, config.workerPort)).close
  const { kinds = config.workerKinds, concurrency = config.workerConcurrency } = options
  resources.logger.info({ kinds, concurrency }, 'working')
  await signal
}
