import type { Place } from '@stevedore/engine'
import type { Worker } from '../worker.ts'

/** Removals that go on beside the loops: an app may take minutes to end, and no other is to wait for it. */
export interface Removals {
  isUnderWay(place: PlaceName): boolean
  /** One at a time for each place: nothing happens while another of it is under way. */
  start(place: Place, revisions: number[]): void
  /** Ends the waits alone: what was told to end goes on to its end, and is found again. */
  stop(): Promise<void>
}

type PlaceName = Pick<Place, 'app' | 'environment'>
type Remove = (place: Place, revisions: number[], signal: AbortSignal) => Promise<void>

export function openRemovals({ logger }: Pick<Worker, 'logger'>, remove: Remove): Removals {
  const over = new AbortController()
  const underWay = new Map<string, Promise<void>>()
  return {
    isUnderWay: (place) => underWay.has(keyOf(place)),
    start(place, revisions) {
      const key = keyOf(place)
      if (revisions.length === 0 || underWay.has(key)) return
      const removal = remove(place, revisions, over.signal)
        .catch((error: unknown) => logger.debug({ err: error, environment: place.environment }, 'not removed'))
        .finally(() => underWay.delete(key))
      underWay.set(key, removal)
    },
    async stop() {
      over.abort()
      await Promise.all(underWay.values())
    },
  }
}

function keyOf({ app, environment }: PlaceName): string {
  return `${app}.${environment}`
}
