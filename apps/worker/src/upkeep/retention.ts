import { forgetImage, listApps, listRemovableImages, pruneLedger } from '@stevedore/ledger'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const everyMs = 5 * 60_000
const sweepEveryMs = 10_000
const batch = 1_000
const removeTimeoutMs = 120_000

/** Removes what the specs do not keep: old rows, logs and images, never an image that a kept revision uses. */
export function startRetention(worker: Worker): Loop {
  return startLoop({
    name: 'retention',
    intervalMs: everyMs,
    logger: worker.logger,
    async run() {
      await pruneLedger(worker.ledger, { limit: batch })
      for (const { app, spec } of await listApps(worker.ledger))
        for (const image of await listRemovableImages(worker.ledger, { app, keep: spec.retain.images })) {
          await worker.engines.images.remove(image.tags, AbortSignal.timeout(removeTimeoutMs))
          await forgetImage(worker.ledger, { app, version: image.version, target: image.target })
        }
      return false
    },
  })
}

/** Removes the temporary folders of workers that are gone. */
export function startSweeper({ workspace, logger }: Pick<Worker, 'workspace' | 'logger'>): Loop {
  return startLoop({
    name: 'sweeper',
    intervalMs: sweepEveryMs,
    logger,
    async run() {
      await workspace.sweep()
      return false
    },
  })
}
