import type { Observation, Place } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, statusOf } from '../failure/translate.ts'
import type { Host } from '../host.ts'
import type { ServerStat } from '../proxy/admin-tables.ts'
import type { Route } from '../proxy/route.ts'
import { weighServers } from '../proxy/weights.ts'
import { hashSettings, limitResources, liveRestartPolicy } from '../spec/container.ts'
import { isRunning, type ReplicaContainer } from './replicas.ts'

type Drift = Observation['drift']

/** What somebody changed behind Stevedore's back: containers gone or stopped, their limits, the proxy's weights. */
export async function findDrift(
  host: Host,
  place: Place,
  containers: ReplicaContainer[],
  route: Route | undefined,
  stats: ServerStat[] | undefined,
): Promise<Drift> {
  const newest = Math.max(0, ...Object.keys(route?.traffic ?? {}).map(Number))
  const live = containers.filter((replica) => replica.revision === newest && isRunning(replica))
  const limits = await Promise.all(live.map((replica) => compareLimits(host.docker, place, replica)))
  return [...compareRoute(containers, route, stats), ...limits.flat()]
}

function compareRoute(
  containers: ReplicaContainer[],
  route: Route | undefined,
  stats: ServerStat[] | undefined,
): Drift {
  if (!route) return []
  if (!stats) return [{ field: 'proxy', wanted: 'running', found: 'stopped' }]
  const weights = weighServers(route)
  const states = new Map(containers.map(({ server, state }) => [server.name, state]))
  const lost = route.servers.flatMap(({ name }) => {
    const found = states.get(name) ?? 'absent'
    return found === 'running' ? [] : [{ field: `replica ${name}`, wanted: 'running', found }]
  })
  const shifted = route.servers.flatMap(({ name }) => {
    const [wanted, found] = [weights[name] ?? 0, stats.find((stat) => stat.name === name)?.weight]
    return wanted === found
      ? []
      : [{ field: `weight ${name}`, wanted: String(wanted), found: String(found ?? 'absent') }]
  })
  return [...lost, ...shifted]
}

/** Only where the settings at hand are those that the container was made of. */
async function compareLimits(docker: Docker, place: Place, replica: ReplicaContainer): Promise<Drift> {
  const info = await callEngine(() => docker.getContainer(replica.id).inspect().catch(ignoreGone))
  if (!info || hashSettings({ image: info.Config.Image, settings: place.settings }) !== replica.settingsHash) return []
  const { Memory = 0, NanoCpus = 0 } = limitResources(place.settings.resources)
  const wanted = { Memory, NanoCpus, RestartPolicy: liveRestartPolicy.Name }
  const { HostConfig } = info
  const found = { ...HostConfig, RestartPolicy: HostConfig.RestartPolicy?.Name }
  return (['Memory', 'NanoCpus', 'RestartPolicy'] as const).flatMap((field) =>
    (found[field] ?? 0) === wanted[field]
      ? []
      : [{ field: `${field} of ${replica.name}`, wanted: String(wanted[field]), found: String(found[field]) }],
  )
}

function ignoreGone(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error
}
