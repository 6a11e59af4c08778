import type { Publisher } from '@stevedore/queue'
import type { Worker } from '../worker.ts'
import { startCertificateBringer } from './bring-certificates.ts'
import { startDispatcher } from './dispatcher.ts'
import { startCensus } from './find-unknown-places.ts'
import type { Loop } from './loop.ts'
import { startQueueMeter } from './measure-queues.ts'
import { startRescuer } from './rescuer.ts'
import { startRetention, startSweeper } from './retention.ts'
import { startSchedules } from './schedules.ts'
import { startLogServer } from './serve-log-watches.ts'
import { openPlaceRemovals, startCooler, startObserver } from './tend-places.ts'
import { startTimers } from './timers.ts'

/** Everything that workers do beside jobs. Several do it at once, and the ledger lets one of them have each thing. */
export async function startUpkeep(worker: Worker, publisher: Publisher): Promise<Pick<Loop, 'stop'>> {
  const removals = openPlaceRemovals(worker)
  const loops = [
    await startDispatcher(worker, publisher),
    startRescuer(worker),
    startTimers(worker),
    startSchedules(worker),
    startQueueMeter(worker, publisher),
    await startLogServer(worker),
    await startCertificateBringer(worker),
    removals,
    startCooler(worker, removals),
    startObserver(worker, removals),
    startCensus(worker),
    startRetention(worker),
    startSweeper(worker),
  ]
  return {
    async stop() {
      // The dispatcher goes last: what was handed over should be on its way.
      for (const loop of loops.toReversed()) await loop.stop()
    },
  }
}
