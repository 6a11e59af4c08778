import { FailureError } from '@stevedore/contract'
import type { DeployEngine, Place, WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { checkRelease } from './actions/check.ts'
import { migrate } from './actions/migrate.ts'
import { prepare } from './actions/prepare.ts'
import { preview } from './actions/preview.ts'
import { routeTraffic } from './actions/route.ts'
import { scaleDown } from './actions/scale-down.ts'
import { scaleUp } from './actions/scale-up.ts'
import { removePlace, settle } from './actions/settle.ts'
import { type Host, openHost } from './host.ts'
import { addSamples, mergeObservations, runInTurn } from './hosts.ts'
import { defaultProxySettings, type ProxySettings } from './proxy/settings.ts'
import { dockerSettings } from './spec/container.ts'
import { followLogs } from './state/logs.ts'
import { observe } from './state/observe.ts'
import { sample } from './state/sample.ts'

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
}

/**
 * Runs environments with `engine: docker`. Their replicas are containers, and a proxy on each host shares the traffic. With
 * several hosts each action goes host by host in the order of the settings, and one that fails stops the rest.
 */
export function createDockerDeployEngine(options: DockerDeployOptions): DeployEngine {
  const pick = openHosts(options)
  const inTurn = async (place: Place, { signal }: WorkContext, work: (host: Host) => Promise<void>) =>
    runInTurn(pick(place), work, signal)
  const onEach = async <T>(place: Place, look: (host: Host) => Promise<T>) => Promise.all(pick(place).map(look))
  return {
    traits: { rolling: 'stepwise', weighting: 'proxy' },
    observe: async (place, signal) => mergeObservations(await onEach(place, (host) => observe(host, place, signal))),
    preview: async (release, signal) => (await onEach(release, (host) => preview(host, release, signal))).flat(),
    prepare: (release, context) => inTurn(release, context, (host) => prepare(host, release, context)),
    // A migration changes what all hosts share, so the first runs it for all.
    migrate: async (release, context) =>
      runInTurn(pick(release).slice(0, 1), (host) => migrate(host, release, context), context.signal),
    scaleUp: (release, count, context) => inTurn(release, context, (host) => scaleUp(host, release, count, context)),
    check: (release, context) => inTurn(release, context, (host) => checkRelease(host, release, context)),
    route: (place, weights, context) => inTurn(place, context, (host) => routeTraffic(host, place, weights, context)),
    scaleDown: (place, revision, count, context) =>
      inTurn(place, context, (host) => scaleDown(host, place, revision, count, context)),
    roll: () => Promise.reject(new FailureError('internal', { detail: 'Docker has no rolling update of its own' })),
    settle: (release, keep, context) => inTurn(release, context, (host) => settle(host, release, keep, context)),
    sample: async (place, revision, signal) =>
      addSamples(await onEach(place, (host) => sample(host, place, revision, signal))),
    async *logs(place, wish, signal) {
      yield* followLogs(pick(place), place, wish, signal)
    },
    remove: (place, context) => inTurn(place, context, (host) => removePlace(host, place, context)),
  }
}

/** @returns the hosts of a place, in the order of its settings */
function openHosts({ docker, hosts = {}, ...options }: DockerDeployOptions): (place: Place) => Host[] {
  const proxy = { ...defaultProxySettings, ...options.proxy }
  const network = options.network ?? 'stevedore'
  const own = openHost(undefined, docker, network, proxy)
  const named = new Map(
    Object.entries(hosts).map(([name, client]) => [
      name,
      openHost(name, client, network, { ...proxy, ...options.hostProxies?.[name] }),
    ]),
  )
  return (place) => dockerSettings(place).hosts?.map((name) => named.get(name) ?? refuseHost(name)) ?? [own]
}

function refuseHost(name: string): never {
  throw new FailureError('host-failed', { diagnosis: `${name}: the worker knows no host of this name` })
}
