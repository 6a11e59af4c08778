import { type Observation, type Place, withinMs } from '@stevedore/engine'
import type { Run } from '../../executor/run.ts'

const lookTimeoutMs = 10_000

/** What is there at this moment; a request to end does not keep anybody from looking, only a lost lease does. */
export function look(run: Run, place: Place): Promise<Observation> {
  return run.worker.engines.deploy[place.settings.engine].observe(place, withinMs(lookTimeoutMs, run.leaseSignal))
}
