import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@stevedore/config'
import type { JobKind } from '@stevedore/contract'
import { type Absence, type Ledger, openLeaseKeeper } from '@stevedore/ledger'
import { type Publisher, type Transport, TransportSetupError } from '@stevedore/queue'
import { openWorkspace } from '@stevedore/source'
import type { Logger, Metrics } from '@stevedore/telemetry'
import { executeAttempt } from './attempt/execute.ts'
import type { OpenAttempts } from './attempt/open.ts'
import type { Handlers } from './attempt/run.ts'
import { Stop } from './attempt/stop.ts'
import type { Engines } from './engines.ts'
import { handlers as ownHandlers } from './handlers/index.ts'
import { openKnownSpecs } from './known-specs.ts'
import { openEngines } from './open-engines.ts'
import { openSites } from './sites/sites.ts'
import { startSiteWatch } from './sites/watch-sites.ts'
import { startUpkeep } from './upkeep/start-upkeep.ts'
import type { PassPoint, Worker, WorkerSignal } from './worker.ts'

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
  /** A measurement brings others, which do nothing. */
  handlers?: Handlers
  /** Hears what the worker does: tests wait on it. */
  onSignal?(signal: WorkerSignal): void
  /** Tests hold the worker there. No setting can: it takes a program of its own. */
  onPoint?: PassPoint
}

export interface RunningWorker {
  id: string
  /** What its engines work on and does not answer. */
  listAway(): Absence[]
  /**
   * Takes no more work, gives what is in hand the grace to end, then hands it over without using an attempt.
   * @param graceMs that of the config when absent
   * @param hurry ends the grace
   */
  close(graceMs?: number, hurry?: AbortSignal): Promise<void>
}

/** One worker process: takes jobs from the transport, and shares the upkeep of the ledger with the others. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { config, transport } = options
  const closing = new AbortController()
  let draining = false
  const worker = await openWorker(options, closing.signal, () => draining)
  const openAttempts: OpenAttempts = new Map()
  const unlisten = await listenForControl(worker, openAttempts)
  const publisher = transport.openPublisher()
  await refuseUnfit(publisher)
  const upkeep = await startUpkeep(worker, publisher)
  const { kinds = config.workerKinds, handlers = ownHandlers } = options
  const consumer = transport.openConsumer({
    kinds,
    concurrency: worker.concurrency,
    handle: (message) => executeAttempt(worker, handlers, openAttempts, message),
    onError: (error) => worker.logger.warn({ err: error }, 'the transport failed'),
  })
  tellKinds(worker, kinds, true)
  const siteWatch = startSiteWatch(worker, kinds, consumer)
  worker.logger.info({ workerId: worker.id, transport: transport.name }, 'worker started')

  return {
    id: worker.id,
    listAway: worker.sites.listAway,
    async close(graceMs = config.graceMs, hurry) {
      draining = true
      tellKinds(worker, kinds, false)
      const handOver = () => closing.abort(new Stop('handing-over'))
      const grace = setTimeout(handOver, graceMs)
      hurry?.addEventListener('abort', handOver)
      await consumer.close()
      clearTimeout(grace)
      unlisten()
      // Of the upkeep too: an engine that does not answer would hold it for as long as each of its calls may take.
      handOver()
      await siteWatch.stop()
      await upkeep.stop()
      await publisher.close()
      await worker.workspace.close()
      await worker.leases.close()
      worker.logger.info({ workerId: worker.id }, 'worker stopped')
    },
  }
}

function tellKinds({ metrics }: Worker, kinds: readonly JobKind[], isTaking: boolean): void {
  for (const kind of kinds) metrics.workerTakes.set({ kind }, isTaking ? 1 : 0)
}

async function openWorker(
  {
    config,
    ledger,
    engines,
    logger,
    metrics,
    kinds = config.workerKinds,
    onSignal = () => {},
    onPoint = async () => {},
    ...more
  }: WorkerOptions,
  closing: AbortSignal,
  isDraining: () => boolean,
): Promise<Worker> {
  const own = engines ?? openEngines(config, ledger)
  return {
    id: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
    concurrency: more.concurrency ?? config.workerConcurrency,
    ...{ config, ledger, logger, metrics, closing, isDraining },
    engines: own,
    sites: openSites(own, kinds),
    specs: openKnownSpecs(),
    leases: await openLeaseKeeper(ledger, {
      onError: (error) => logger.error({ err: error }, 'the thread that renews leases broke'),
    }),
    workspace: await openWorkspace(join(config.dataDir, 'work')),
    tell: onSignal,
    pass: onPoint,
  }
}

/** What people ask of a job reaches its attempt at once; after a gap in the notifications every attempt asks, and nothing of before is relied on. */
function listenForControl({ ledger, specs }: Worker, openAttempts: OpenAttempts): Promise<() => void> {
  return ledger.listen('stevedore_control', (jobId) => {
    if (jobId) return openAttempts.get(jobId)?.refresh()
    specs.forget()
    for (const lease of openAttempts.values()) lease.refresh()
  })
}

/** A transport that is away comes back by itself; one that may lose messages by its settings does not get better. */
async function refuseUnfit(publisher: Publisher): Promise<void> {
  try {
    await publisher.ping()
  } catch (error) {
    if (error instanceof TransportSetupError) throw error
  }
}
