import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@stevedore/config'
import type { JobKind } from '@stevedore/contract'
import type { Ledger } from '@stevedore/ledger'
import { type Publisher, type Transport, TransportSetupError } from '@stevedore/queue'
import { openWorkspace } from '@stevedore/source'
import type { Logger, Metrics } from '@stevedore/telemetry'
import { executeJob, type RunningJobs } from './executor/execute-job.ts'
import { Stop } from './executor/stop.ts'
import { openEngines } from './open-engines.ts'
import { startDispatcher } from './upkeep/dispatcher.ts'
import type { Loop } from './upkeep/loop.ts'
import { startQueueMeter } from './upkeep/measure-queues.ts'
import { startRescuer } from './upkeep/rescuer.ts'
import { startRetention, startSweeper } from './upkeep/retention.ts'
import { startLogServer } from './upkeep/serve-log-watches.ts'
import { startCooler, startObserver } from './upkeep/tend-places.ts'
import { startTimers } from './upkeep/timers.ts'
import type { Engines, Worker } from './worker.ts'

export interface WorkerOptions {
  config: Config
  ledger: Ledger
  transport: Transport
  logger: Logger
  metrics: Metrics
  kinds?: readonly JobKind[]
  concurrency?: number
  /** Tests bring others; by default those that the config names. */
  engines?: Engines
}

export interface RunningWorker {
  id: string
  /** Takes no more work, gives what is in hand the grace to end, then hands it over without using an attempt. */
  close(): Promise<void>
}

/** One worker process: takes jobs from the transport, and shares the upkeep of the ledger with the others. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { config, ledger, transport, metrics } = options
  const closing = new AbortController()
  const worker: Worker = {
    id: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    config,
    ledger,
    engines: options.engines ?? openEngines(config),
    workspace: await openWorkspace(join(config.dataDir, 'work')),
    logger: options.logger,
    metrics,
    closing: closing.signal,
    isDraining: () => draining,
  }
  let draining = false
  const running: RunningJobs = new Map()
  const unlisten = await ledger.listen('stevedore_job', (jobId) => {
    if (jobId) void running.get(jobId)?.refresh()
    else for (const lease of running.values()) void lease.refresh()
  })
  const publisher = transport.openPublisher()
  await refuseUnfit(publisher)
  const loops = await startUpkeep(worker, publisher)
  const consumer = transport.openConsumer({
    kinds: options.kinds ?? config.workerKinds,
    concurrency: options.concurrency ?? config.workerConcurrency,
    handle: (message, kind) => executeJob(worker, running, message, kind),
    onError: (error) => worker.logger.warn({ err: error }, 'the transport failed'),
  })
  worker.logger.info({ workerId: worker.id, transport: transport.name }, 'worker started')

  return {
    id: worker.id,
    async close() {
      draining = true
      const grace = setTimeout(() => closing.abort(new Stop('handing-over')), config.graceMs)
      await consumer.close()
      clearTimeout(grace)
      unlisten()
      // The dispatcher goes last: what was handed over should be on its way.
      for (const loop of loops.reverse()) await loop.stop()
      closing.abort(new Stop('handing-over'))
      await publisher.close()
      await worker.workspace.close()
      worker.logger.info({ workerId: worker.id }, 'worker stopped')
    },
  }
}

/** A transport that is away comes back by itself; one that may lose messages by its settings does not get better. */
async function refuseUnfit(publisher: Publisher): Promise<void> {
  try {
    await publisher.ping()
  } catch (error) {
    if (error instanceof TransportSetupError) throw error
  }
}

async function startUpkeep(worker: Worker, publisher: Publisher): Promise<Loop[]> {
  const { ledger, logger, metrics, id } = worker
  return [
    await startDispatcher({ ledger, publisher, logger, metrics }),
    startRescuer({ ledger, workerId: id, logger, metrics }),
    startTimers({ ledger, workerId: id, logger }),
    startQueueMeter({ ledger, publisher, metrics, logger }),
    await startLogServer(worker),
    startCooler(worker),
    startObserver(worker),
    startRetention(worker),
    startSweeper(worker),
  ]
}
