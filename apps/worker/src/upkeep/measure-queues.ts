import type { Publisher } from '@stevedore/queue'
import type { Logger, Metrics } from '@stevedore/telemetry'
import { type Loop, startLoop } from './loop.ts'

const everyMs = 5_000

/** Keeps the gauges of the transport's depth fresh. */
export function startQueueMeter({
  publisher,
  metrics,
  logger,
}: {
  publisher: Publisher
  metrics: Metrics
  logger: Logger
}): Loop {
  return startLoop({
    name: 'queue-meter',
    intervalMs: everyMs,
    logger,
    async run() {
      for (const { kind, waiting, active, delayed } of await publisher.depths()) {
        metrics.queueDepth.set({ kind, state: 'waiting' }, waiting)
        metrics.queueDepth.set({ kind, state: 'active' }, active)
        metrics.queueDepth.set({ kind, state: 'delayed' }, delayed)
      }
      return false
    },
  })
}
