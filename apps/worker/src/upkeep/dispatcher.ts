import { type OutboxRow, relayOutbox } from '@stevedore/ledger'
import type { Publisher } from '@stevedore/queue'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const sweepMs = 2_000
const batch = 500

/** Publishes what the outbox holds: woken when a row is written, swept in case a wake-up was lost. */
export async function startDispatcher(worker: Worker, publisher: Publisher): Promise<Loop> {
  const { ledger } = worker
  const loop = startLoop(worker, {
    name: 'dispatcher',
    intervalMs: sweepMs,
    async run() {
      const { published } = await relayOutbox(ledger, {
        limit: batch,
        async publish(rows) {
          for (const row of rows) await worker.pass('before publish', row)
          await publisher.publish(rows.map(toMessage))
          for (const row of rows) await worker.pass('after publish', row)
        },
      })
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

function toMessage({ id: _id, ...message }: OutboxRow) {
  return message
}
