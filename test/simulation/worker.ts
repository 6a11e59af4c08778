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
import { startSchedules } from '../../apps/worker/src/upkeep/schedules.ts'
import { startTimers } from '../../apps/worker/src/upkeep/timers.ts'
import type { Worker } from '../../apps/worker/src/worker.ts'
import { build } from './build.ts'
import { openVirtualLeases } from './leases.ts'
import type { Mutation } from './mutation.ts'
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
  mutation: Mutation
  isScheduling: boolean
}

export const leaseMs = config.leaseMs

/** The product's worker without what surrounds it: its attempts, its dispatcher, its rescuer, its timers and, where there are times to come, its schedules. */
export function startSimulatedWorker(parts: WorkerParts): { countOpen(): number } {
  const { process, ledger, engines, transport, mutation, isScheduling } = parts
  const own = { ...handlers, build }
  const worked = mutation.changeHandlers?.(own) ?? own
  const open: OpenAttempts = new Map()
  let taken = 0
  void runWithin(process.surroundings, async () => {
    const worker = describeWorker({ name: process.name, ledger, engines, leaseMs: mutation.leaseMs })
    await ledger.listen('stevedore_control', (jobId) => {
      if (jobId) open.get(jobId)?.refresh()
      else for (const lease of open.values()) lease.refresh()
    })
    await startDispatcher(worker, transport.openPublisher(process))
    startRescuer(worker)
    startTimers(worker)
    if (isScheduling) startSchedules(worker)
    transport.takers.add({
      process,
      async handle(message) {
        taken += 1
        await executeAttempt(worker, worked, open, message).finally(() => {
          taken -= 1
        })
      },
    })
  })
  return { countOpen: () => taken }
}

interface Described {
  name: string
  ledger: Ledger
  engines: Engines
  leaseMs?: number | undefined
}

export function describeWorker({ name, ledger, engines, leaseMs = config.leaseMs }: Described): Worker {
  const own: Config = { ...config, leaseMs }
  return {
    ...{ id: name, concurrency: 4, config: own, ledger, engines, logger, metrics, closing: never },
    leases: openVirtualLeases(ledger),
    specs: openKnownSpecs(),
    sites: openSites(engines, config.workerKinds),
    workspace: { open: async () => '', remove: async () => {}, sweep: async () => [], close: async () => {} },
    isDraining: () => false,
    tell: () => {},
    pass: async () => {},
  }
}
