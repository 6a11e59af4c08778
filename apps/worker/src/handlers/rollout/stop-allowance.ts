import { type EnvironmentSpec, listProcesses, type RolloutAction, settingsOfProcess, stopMs } from '@stevedore/contract'
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
  const longest = Math.max(0, ...docker.flatMap(listStopsMs).map((ms) => ms - includedMs))
  // Hosts are gone through in turn.
  return longest * Math.max(1, ...given.map(countHosts)) * waits
}

/** Of web, then of each process. */
function listStopsMs(settings: EnvironmentSpec): number[] {
  const processes = listProcesses(settings).map(({ name }) => settingsOfProcess(settings, name))
  return [settings, ...processes].map(stopMs)
}

const stops: ReadonlySet<RolloutAction['do']> = new Set(['scale-down', 'finalize', 'roll-processes'])

/** How many actions of a plan wait for apps to end. */
export function countStops(actions: readonly RolloutAction[]): number {
  return actions.filter((action) => stops.has(action.do)).length
}
