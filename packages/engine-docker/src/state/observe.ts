import type { DockerEnvironment } from '@stevedore/contract'
import { type Observation, openProcess, type Place, type Replica, toPercent } from '@stevedore/engine'
import { describeMemoryExcess } from '../failure/excess.ts'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import { describeHost, type Host } from '../hosts.ts'
import { isUp, type ServerStat } from '../proxy/admin-tables.ts'
import type { Route } from '../proxy/route.ts'
import { dockerSettings } from '../spec/container.ts'
import { findServiceDrift, lookAtService } from './companions.ts'
import { findDrift } from './drift.ts'
import { findLinkDrift } from './links.ts'
import { describeOwnProbe, probeReplica } from './probe.ts'
import { findProcessDrift } from './process-drift.ts'
import { listAllOfProcesses, listAllOfServices, listAllReplicas, type ReplicaContainer } from './replicas.ts'

export async function observe(
  host: Host,
  place: Place,
  signal: AbortSignal,
  { probe = true }: { probe?: boolean } = {},
): Promise<Observation> {
  const containers = await listAllReplicas(host, place, signal)
  const processes = await listAllOfProcesses(host, place, signal)
  const companions = await listAllOfServices(host, place, signal)
  const route = await host.proxy.findRoute(place)
  const stats = await readStats(host, route, signal)
  const replicas = await Promise.all(
    [...containers, ...processes].map((replica) => look(host, replica, place, probe ? signal : undefined)),
  )
  const services = await Promise.all(companions.map((one) => lookAtService(host, one, probe ? signal : undefined)))
  const address = route && findAddress(host, route)
  return {
    replicas,
    ...(services.length > 0 ? { services } : {}),
    traffic: route && stats ? measureTraffic(route, stats) : {},
    drift: [
      ...(await findDrift(host, place, containers.filter(stays), route, stats)),
      ...findProcessDrift(host, place, processes.filter(stays), route),
      ...(route ? findServiceDrift(place, companions.filter(stays)) : []),
      ...(route ? await findLinkDrift(host, place) : []),
    ],
    ...(address ? { address } : {}),
  }
}

function stays({ leaving }: ReplicaContainer): boolean {
  return !leaving
}

async function readStats(host: Host, route: Route | undefined, signal: AbortSignal): Promise<ServerStat[] | undefined> {
  if (!route || !(await host.proxy.isRunning())) return undefined
  return (await host.proxy.readServers(route, signal))?.servers
}

async function look(
  host: Host,
  replica: ReplicaContainer,
  place: Place,
  /** Of the probe; undefined where the app is not to be asked. */
  signal: AbortSignal | undefined,
): Promise<Replica> {
  const { name, revision, state, leaving, image, version, process } = replica
  const made = { image, ...(version === undefined ? {} : { version }) }
  const known = { name, revision, ...(process === undefined ? {} : { process }), ...describeHost(host) }
  if (leaving) return { ...known, state: 'leaving', healthy: false, reason: 'told to end' }
  if (!signal) return { ...known, state, ...made, healthy: false, reason: 'not asked' }
  const settings = dockerSettings(process === undefined ? place : openProcess(place, process))
  const probe = describeOwnProbe(settings, replica.server.check)
  const { healthy, answer } = await probeReplica(host, replica, probe, signal)
  const killed = healthy ? undefined : await explainKill(host, replica, settings)
  const reason = killed ? `${answer}: ${killed}` : answer
  return { ...known, state, ...made, healthy, ...(healthy ? {} : { reason }) }
}

/** Of one whose last end, or that of one of its processes, was for want of memory. */
async function explainKill(
  { docker }: Host,
  { id }: ReplicaContainer,
  settings: DockerEnvironment,
): Promise<string | undefined> {
  const info = await callEngine(() => docker.getContainer(id).inspect().catch(ignoreStatus(404)))
  return info?.State.OOMKilled ? describeMemoryExcess(info, settings) : undefined
}

/** The share that each revision's servers have now: one that HAProxy finds down has none. */
function measureTraffic(route: Route, stats: ServerStat[]): Record<number, number> {
  const weights: Record<number, number> = {}
  for (const { name, revision } of route.servers) {
    const stat = stats.find((one) => one.name === name)
    if (stat && isUp(stat) && stat.weight > 0) weights[revision] = (weights[revision] ?? 0) + stat.weight
  }
  return toPercent(weights)
}

function findAddress({ name, proxySettings }: Host, route: Route): string | undefined {
  const scheme = route.protocol === 'tcp' ? 'tcp' : 'http'
  if (route.port) return `${scheme}://${name ?? 'localhost'}:${route.port}`
  const { http } = proxySettings.ports
  return route.host && `http://${route.host}${http === 80 ? '' : `:${http}`}`
}
