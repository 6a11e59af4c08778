import { listVolumes } from '@stevedore/contract'
import type { Observation, Place } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import type { ServerStat } from '../proxy/admin-tables.ts'
import type { Route } from '../proxy/route.ts'
import { weighServers } from '../proxy/weights.ts'
import { hashSettings, limitResources, liveRestartPolicy } from '../spec/container.ts'
import { readDefaultLimits } from '../spec/labels.ts'
import { isRunning, type ReplicaContainer } from './replicas.ts'
import { listPlaceVolumes } from './volumes.ts'

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
  const volumes = route && stats ? await compareVolumes(host, place) : []
  return [...compareRoute(containers, route, stats), ...limits.flat(), ...volumes]
}

async function compareVolumes(host: Host, place: Place): Promise<Drift> {
  const wanted = listVolumes(place.settings)
  if (wanted.length === 0) return []
  const present = await listPlaceVolumes(host, place)
  return wanted.flatMap(({ name }) =>
    compare(`volume ${name}`, 'present', present.includes(name) ? 'present' : undefined),
  )
}

function compareRoute(
  containers: ReplicaContainer[],
  route: Route | undefined,
  stats: ServerStat[] | undefined,
): Drift {
  if (!route) return []
  if (!stats) return [{ field: 'proxy', wanted: 'running', found: 'stopped' }]
  const states = new Map(containers.map(({ server, state }) => [server.name, state]))
  const present = new Map(stats.map(({ name, weight }) => [name, weight]))
  const weights = weighServers(route)
  return [
    ...route.servers.flatMap(({ name }) => compare(`replica ${name}`, 'running', states.get(name))),
    ...route.servers.flatMap(({ name }) => compare(`weight ${name}`, weights[name] ?? 0, present.get(name))),
  ]
}

function compare(field: string, wanted: string | number, found: string | number | undefined): Drift {
  return wanted === found ? [] : [{ field, wanted: String(wanted), found: String(found ?? 'absent') }]
}

/** By the worker's default as the container was made with it. Only where the settings at hand are those that the container was made of. */
async function compareLimits(docker: Docker, place: Place, replica: ReplicaContainer): Promise<Drift> {
  const info = await callEngine(() => docker.getContainer(replica.id).inspect().catch(ignoreStatus(404)))
  if (!info || hashSettings({ image: info.Config.Image, settings: place.settings }) !== replica.settingsHash) return []
  const { HostConfig, Config } = info
  // An engine without groups for memory takes a limit and keeps none: what it is by default is not asked for again.
  const defaults = HostConfig.Memory ? readDefaultLimits(Config.Labels) : {}
  const { Memory = 0, NanoCpus = 0 } = limitResources(place.settings.resources, defaults)
  return [
    ...compare(`Memory of ${replica.name}`, Memory, HostConfig.Memory ?? 0),
    ...compare(`NanoCpus of ${replica.name}`, NanoCpus, HostConfig.NanoCpus ?? 0),
    ...compare(`RestartPolicy of ${replica.name}`, liveRestartPolicy.Name, HostConfig.RestartPolicy?.Name),
  ]
}
