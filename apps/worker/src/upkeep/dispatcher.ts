import type { Ledger } from '@stevedore/ledger'
import { type OutboxRow, relayOutbox } from '@stevedore/ledger'
import type { Publisher } from '@stevedore/queue'
import type { Logger, Metrics } from '@stevedore/telemetry'
import { type Loop, startLoop } from './loop.ts'

const sweepMs = 2_000
const batch = 500

/** Publishes what the outbox holds: woken when a row is written, swept in case a wake-up was lost. */
export async function startDispatcher(parts: {
  ledger: Ledger
  publisher: Publisher
  logger: Logger
  metrics: Metrics
}): Promise<Loop> {
  const { ledger, publisher, logger, metrics } = parts
  const loop = startLoop({
    name: 'dispatcher',
    intervalMs: sweepMs,
    logger,
    async run() {
      const { published, oldestAgeMs } = await relayOutbox(ledger, {
        limit: batch,
        publish: (rows) => publisher.publish(rows.map(toMessage)),
      })
      metrics.dispatcherLag.set(oldestAgeMs / 1000)
      return published === batch
    },
  })
  const unlisten = await ledger.listen('stevedore_outbox', () => loop.wake())
  return {
    wake: loop.wake,
    async stop() {
      unlisten()
      await loop.stop()
    },
  }
}

function toMessage({ jobId, attempt, kind, delayMs, priority }: OutboxRow) {
  return { jobId, attempt, kind, delayMs, priority }
}
