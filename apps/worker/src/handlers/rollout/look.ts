import type { Observation, Place } from '@stevedore/engine'
import type { Run } from '../../executor/run.ts'

const lookTimeoutMs = 10_000

/** What is there at this moment; a wish to end does not keep anybody from looking, only a lost lease does. */
export function look(run: Run, place: Place): Promise<Observation> {
  const signal = AbortSignal.any([run.leaseSignal, AbortSignal.timeout(lookTimeoutMs)])
  return run.worker.engines.deploy[place.settings.engine].observe(place, signal)
}
