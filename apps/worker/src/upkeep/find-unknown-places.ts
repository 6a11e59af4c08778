import type { FoundHost, FoundPlace } from '@stevedore/engine'
import { getEnvironment, recordUnknownPlaces } from '@stevedore/ledger'
import { openPlace } from '../open-place.ts'
import type { Worker } from '../worker.ts'
import { type Loop, startLoop } from './loop.ts'

const lookEveryMs = 60_000
const lookTimeoutMs = 30_000

/**
 * Finds what runs on the worker's engines, or has a way in there, of places that the ledger does not know: an older ledger's, a newer one's,
 * a lost one's. It is told, and left alone: whose it is, a person knows.
 */
export function startCensus(worker: Worker): Loop {
  return startLoop(worker, {
    name: 'census',
    intervalMs: lookEveryMs,
    async run() {
      for (const engine of new Set(Object.values(worker.engines.deploy))) {
        const signal = AbortSignal.any([worker.closing, AbortSignal.timeout(lookTimeoutMs)])
        const found = await engine.listPlaces(signal).catch(() => undefined)
        for (const host of found ?? []) await tell(worker, host)
      }
      return false
    },
  })
}

async function tell({ ledger, closing }: Worker, { host, places }: FoundHost): Promise<void> {
  const found: FoundPlace[] = []
  for (const place of places) if (!(await isKnown(ledger, place))) found.push(place)
  if (!closing.aborted) await recordUnknownPlaces(ledger, { host, found })
}

/** A first deploy under way has nothing recorded yet. */
async function isKnown(ledger: Worker['ledger'], { app, environment }: FoundPlace): Promise<boolean> {
  if (await openPlace(ledger, app, environment)) return true
  const record = await getEnvironment(ledger, app, environment)
  return record !== undefined && record.activeJobId !== null
}
