import { type EnvironmentSpec, type RolloutAction, stopMs } from '@stevedore/contract'
import { countHosts } from '../../observation.ts'

/** What every deadline has room for. */
const includedMs = 10_000

/**
 * How much longer than its deadline says a piece of work may take, because it waits for apps that have long to end: the deadline is for
 * what a deploy does, not for what its app has left to do. A cluster sees to the end of its pods by itself.
 * @param given the settings of all revisions that may have to end
 * @param waits how many times one after the other
 */
export function allowForStops(given: readonly EnvironmentSpec[], waits = 1): number {
  const docker = given.filter(({ engine }) => engine === 'docker')
  const longest = Math.max(0, ...docker.map((settings) => stopMs(settings) - includedMs))
  // Hosts are gone through in turn.
  return longest * Math.max(1, ...given.map(countHosts)) * waits
}

/** How many actions of a plan wait for apps to end. */
export function countStops(actions: readonly RolloutAction[]): number {
  return actions.filter((action) => action.do === 'scale-down' || action.do === 'finalize').length
}
