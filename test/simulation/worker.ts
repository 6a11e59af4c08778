import { type Config, readConfig } from '@stevedore/config'
import type { Ledger } from '@stevedore/ledger'
import { createLogger, createMetrics } from '@stevedore/telemetry'
import { executeAttempt } from '../../apps/worker/src/attempt/execute.ts'
import type { OpenAttempts } from '../../apps/worker/src/attempt/open.ts'
import type { Engines } from '../../apps/worker/src/engines.ts'
import { handlers } from '../../apps/worker/src/handlers/index.ts'
import { openKnownSpecs } from '../../apps/worker/src/known-specs.ts'
import { openSites } from '../../apps/worker/src/sites/sites.ts'
import { startDispatcher } from '../../apps/worker/src/upkeep/dispatcher.ts'
import { startRescuer } from '../../apps/worker/src/upkeep/rescuer.ts'
import { startTimers } from '../../apps/worker/src/upkeep/timers.ts'
import type { Worker } from '../../apps/worker/src/worker.ts'
import { build } from './build.ts'
import { openVirtualLeases } from './leases.ts'
import type { Process } from './schedule.ts'
import type { SimulatedTransport } from './transport.ts'
import { runWithin } from './virtual-time.ts'

const config = readConfig({})
const logger = createLogger({ level: 'silent', name: 'simulation' })
const metrics = createMetrics()
const never = new AbortController().signal

export interface WorkerParts {
  process: Process
  ledger: Ledger
  engines: Engines
  transport: SimulatedTransport
  leaseMs?: number | undefined
}

export const leaseMs = config.leaseMs

/** The product's worker without what surrounds it: its attempts, its dispatcher, its rescuer and its timers. */
export function startSimulatedWorker(parts: WorkerParts): { countOpen(): number } {
  const { process, ledger, transport } = parts
  const open: OpenAttempts = new Map()
  let taken = 0
  void runWithin(process.surroundings, async () => {
    const worker = describeWorker(parts)
    await ledger.listen('stevedore_control', (jobId) => {
      if (jobId) open.get(jobId)?.refresh()
      else for (const lease of open.values()) lease.refresh()
    })
    await startDispatcher(worker, transport.openPublisher(process))
    startRescuer(worker)
    startTimers(worker)
    transport.takers.add({
      process,
      async handle(message) {
        taken += 1
        await executeAttempt(worker, { ...handlers, build }, open, message).finally(() => {
          taken -= 1
        })
      },
    })
  })
  return { countOpen: () => taken }
}

function describeWorker({ process, ledger, engines, leaseMs = config.leaseMs }: WorkerParts): Worker {
  const own: Config = { ...config, leaseMs }
  return {
    ...{ id: process.name, concurrency: 4, config: own, ledger, engines, logger, metrics, closing: never },
    leases: openVirtualLeases(ledger),
    specs: openKnownSpecs(),
    sites: openSites(engines, config.workerKinds),
    workspace: { open: async () => '', remove: async () => {}, sweep: async () => [], close: async () => {} },
    isDraining: () => false,
    tell: () => {},
    pass: async () => {},
  }
}
