import { type DeployEngine, EngineError, type Place, type WorkContext } from '@stevedore/engine'
import type Docker from 'dockerode'
import { defaultProxySettings, type ProxySettings } from '../proxy/proxy-settings.ts'
import { checkRelease } from './check-release.ts'
import { followLogs } from './follow-logs.ts'
import { type Host, openHost } from './host.ts'
import { addSamples, mergeObservations, runInTurn } from './hosts-in-turn.ts'
import { migrate } from './migrate.ts'
import { observe } from './observe.ts'
import { prepare } from './prepare.ts'
import { preview } from './preview.ts'
import { dockerSettings } from './replica-spec.ts'
import { routeTraffic } from './route-traffic.ts'
import { sample } from './sample.ts'
import { scaleDown } from './scale-down.ts'
import { scaleUp } from './scale-up.ts'
import { removePlace, settle } from './settle.ts'

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
  const proxy = { ...defaultProxySettings, ...options.proxy }
  const network = options.network ?? 'stevedore'
  const own = openHost(undefined, options.docker, network, proxy)
  const named = Object.entries(options.hosts ?? {}).map(([name, docker]) =>
    openHost(name, docker, network, { ...proxy, ...options.hostProxies?.[name] }),
  )
  const pick = (place: Place) => pickHosts(place, own, named)
  const inTurn = (place: Place, work: (host: Host) => Promise<void>, context: Pick<WorkContext, 'signal'>) =>
    runInTurn(pick(place), work, context.signal)
  const onEach = <T>(place: Place, look: (host: Host) => Promise<T>) => Promise.all(pick(place).map(look))
  return {
    traits: { rolling: 'stepwise', weighting: 'proxy' },
    observe: async (place, signal) => mergeObservations(await onEach(place, (host) => observe(host, place, signal))),
    preview: async (release, signal) => (await onEach(release, (host) => preview(host, release, signal))).flat(),
    prepare: (release, context) => inTurn(release, (host) => prepare(host, release, context), context),
    // A migration changes what all hosts share, so the first runs it for all.
    migrate: (release, context) =>
      runInTurn(pick(release).slice(0, 1), (host) => migrate(host, release, context), context.signal),
    scaleUp: (release, count, context) => inTurn(release, (host) => scaleUp(host, release, count, context), context),
    check: (release, context) => inTurn(release, (host) => checkRelease(host, release, context), context),
    route: (place, weights, context) => inTurn(place, (host) => routeTraffic(host, place, weights, context), context),
    scaleDown: (place, revision, count, context) =>
      inTurn(place, (host) => scaleDown(host, place, revision, count, context), context),
    roll: () => Promise.reject(new EngineError('internal', { detail: 'Docker has no rolling update of its own' })),
    settle: (release, keep, context) => inTurn(release, (host) => settle(host, release, keep, context), context),
    sample: async (place, revision, signal) =>
      addSamples(await onEach(place, (host) => sample(host, place, revision, signal))),
    logs: (place, wish, signal) => followLogs(pick(place), place, wish, signal),
    remove: (place, context) => inTurn(place, (host) => removePlace(host, place, context), context),
  }
}

function pickHosts(place: Place, own: Host, named: Host[]): Host[] {
  const { hosts } = dockerSettings(place)
  if (!hosts) return [own]
  return hosts.map((name) => {
    const host = named.find((one) => one.name === name)
    if (host) return host
    throw new EngineError('host-failed', { diagnosis: `${name}: the worker knows no host of this name` })
  })
}
