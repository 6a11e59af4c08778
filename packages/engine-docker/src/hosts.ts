import { type AppLimits, defaultAppLimits, FailureError } from '@stevedore/contract'
import { type Observation, type Place, type TrafficSample, toPercent } from '@stevedore/engine'
import type Docker from 'dockerode'
import { type HostProxy, openProxy } from './proxy/proxy.ts'
import { defaultProxySettings, type ProxySettings } from './proxy/settings.ts'
import { dockerSettings } from './spec/container.ts'

/** One Docker engine and what Stevedore keeps on it. */
export interface Host {
  /** As environments name it; undefined for the worker's own, which needs no name. */
  name: string | undefined
  docker: Docker
  proxy: HostProxy
  proxySettings: ProxySettings
  /** A bridge on which replicas can be reached from the host and not by each other. */
  network: string
  /** Of containers whose settings say less. */
  appLimits: AppLimits
}

/** For what is told of a host: events, observations. */
export function describeHost({ name }: Host): { host?: string } {
  return name ? { host: name } : {}
}

export interface DockerDeployOptions {
  /** The worker's own engine: environments without `hosts` run here. */
  docker: Docker
  /** Further engines by the name that environments use. */
  hosts?: Record<string, Docker>
  proxy?: Partial<ProxySettings>
  /** Where a named host's proxy differs from `proxy`. */
  hostProxies?: Record<string, Partial<ProxySettings>>
  /** The bridge of the replicas. Default: `stevedore`. */
  network?: string
  /** What a container may take at most where its settings do not say. Default: `defaultAppLimits`. */
  appLimits?: AppLimits
}

export interface HostTable {
  /** All that the worker knows. */
  all: Host[]
  /** Those that places are on, or may be since the operator names them: a worker that only sees clusters has no engine of its own. */
  listUsed(): Host[]
  /** Those of a place, in the order of its settings. */
  pick(place: Place): Host[]
}

export function openHosts({ docker, hosts = {}, ...options }: DockerDeployOptions): HostTable {
  const network = options.network ?? 'stevedore'
  const appLimits = options.appLimits ?? defaultAppLimits
  const open = (name: string | undefined, client: Docker): Host => {
    const differing = name === undefined ? {} : options.hostProxies?.[name]
    const proxySettings = { ...defaultProxySettings, ...options.proxy, ...differing }
    return { name, docker: client, network, appLimits, proxySettings, proxy: openProxy(client, proxySettings) }
  }
  const own = open(undefined, docker)
  const named = new Map(Object.entries(hosts).map(([name, client]) => [name, open(name, client)]))
  let usesOwn = false
  return {
    all: [own, ...named.values()],
    listUsed: () => [...(usesOwn ? [own] : []), ...named.values()],
    pick(place) {
      const { hosts: chosen } = dockerSettings(place)
      usesOwn ||= chosen === undefined
      return chosen?.map((name) => named.get(name) ?? refuseHost(name)) ?? [own]
    },
  }
}

function refuseHost(name: string): never {
  throw new FailureError('host-failed', { diagnosis: `${name}: the worker knows no host of this name` })
}

/** Host by host, so that what fails on the first leaves the rest as they were. The failure says which host it was. */
export async function runInTurn(
  hosts: Host[],
  work: (host: Host) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (const host of hosts) {
    signal.throwIfAborted()
    try {
      await work(host)
    } catch (error) {
      throw nameHost(error, host)
    }
  }
}

/** The same, but what fails on one keeps nothing from the others, and is thrown when all had their turn. */
export async function runOnEach(
  hosts: Host[],
  work: (host: Host) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const failures: unknown[] = []
  for (const host of hosts) {
    signal.throwIfAborted()
    await work(host).catch((error: unknown) => failures.push(nameHost(error, host)))
  }
  if (failures.length > 0) throw failures[0]
}

function nameHost(error: unknown, { name }: Host): unknown {
  if (!name || !(error instanceof FailureError)) return error
  const { code, message, detail, retryAfterMs } = error
  const diagnosis = `on host ${name}: ${error.diagnosis ?? message}`
  return new FailureError(code, {
    message,
    diagnosis,
    cause: error,
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** All replicas; the mean of the hosts' traffic, since each host has its own share of the requests. */
export function mergeObservations(seen: Observation[]): Observation {
  const address = seen.find((one) => one.address)?.address
  const services = seen.flatMap((one) => one.services ?? [])
  return {
    replicas: seen.flatMap(({ replicas }) => replicas),
    ...(services.length > 0 ? { services } : {}),
    traffic: averageTraffic(seen.map(({ traffic }) => traffic).filter((traffic) => Object.keys(traffic).length > 0)),
    drift: seen.flatMap(({ drift }) => drift),
    ...(address ? { address } : {}),
  }
}

function averageTraffic(shares: Record<number, number>[]): Record<number, number> {
  const sums: Record<number, number> = {}
  for (const [revision, percent] of shares.flatMap((share) => Object.entries(share)))
    sums[Number(revision)] = (sums[Number(revision)] ?? 0) + percent
  return toPercent(sums)
}

export function addSamples(samples: (TrafficSample | undefined)[]): TrafficSample | undefined {
  const present = samples.filter((one) => one !== undefined)
  if (present.length === 0) return undefined
  const requests = present.reduce((sum, one) => sum + one.requests, 0)
  const errors = present.reduce((sum, one) => sum + one.errors, 0)
  const timeMs = present.reduce((sum, one) => sum + one.requests * (one.latencyMs ?? 0), 0)
  return { requests, errors, latencyMs: requests > 0 ? timeMs / requests : undefined }
}
