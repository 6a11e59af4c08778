import { jobKinds } from '@stevedore/contract'
import { isLedgerAway, readOutboxAge, readQueueAges } from '@stevedore/ledger'
import type { Publisher } from '@stevedore/queue'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const everyMs = 5_000

/** Keeps the gauges of what waits in the ledger and on the transport fresh: those of each also while the other is away. */
export function startQueueMeter(worker: Worker, publisher: Publisher): Loop {
  return startLoop(worker, {
    name: 'queue-meter',
    intervalMs: everyMs,
    async run() {
      const measured = await Promise.allSettled([measureLedger(worker), measureTransport(worker, publisher)])
      for (const result of measured) if (result.status === 'rejected') throw result.reason
      return false
    },
  })
}

async function measureLedger({ ledger, metrics }: Worker): Promise<void> {
  try {
    const ages = new Map((await readQueueAges(ledger)).map(({ kind, oldestMs }) => [kind, oldestMs]))
    for (const kind of jobKinds) metrics.queueOldestAge.set({ kind }, (ages.get(kind) ?? 0) / 1000)
    metrics.dispatcherLag.set((await readOutboxAge(ledger)) / 1000)
    metrics.ledgerReachable.set(1)
  } catch (error) {
    if (isLedgerAway(error)) metrics.ledgerReachable.set(0)
    throw error
  }
}

async function measureTransport({ metrics }: Worker, publisher: Publisher): Promise<void> {
  try {
    for (const { kind, waiting, active, delayed } of await publisher.depths()) {
      metrics.queueDepth.set({ kind, state: 'waiting' }, waiting)
      metrics.queueDepth.set({ kind, state: 'active' }, active)
      metrics.queueDepth.set({ kind, state: 'delayed' }, delayed)
    }
    metrics.transportReachable.set(1)
  } catch (error) {
    metrics.transportReachable.set(0)
    throw error
  }
}
