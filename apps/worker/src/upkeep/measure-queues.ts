import { jobKinds } from '@stevedore/contract'
import { readQueueAges } from '@stevedore/ledger'
import type { Publisher } from '@stevedore/queue'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const everyMs = 5_000

/** Keeps the gauges of the transport's depth and of the oldest queued job fresh. */
export function startQueueMeter(worker: Worker, publisher: Publisher): Loop {
  const { ledger, metrics } = worker
  return startLoop(worker, {
    name: 'queue-meter',
    intervalMs: everyMs,
    async run() {
      for (const { kind, waiting, active, delayed } of await publisher.depths()) {
        metrics.queueDepth.set({ kind, state: 'waiting' }, waiting)
        metrics.queueDepth.set({ kind, state: 'active' }, active)
        metrics.queueDepth.set({ kind, state: 'delayed' }, delayed)
      }
      const ages = new Map((await readQueueAges(ledger)).map(({ kind, oldestMs }) => [kind, oldestMs]))
      for (const kind of jobKinds) metrics.queueOldestAge.set({ kind }, (ages.get(kind) ?? 0) / 1000)
      return false
    },
  })
}
