import { FailureError } from '@stevedore/contract'
import type { DeployEngine, Place, WorkContext } from '@stevedore/engine'
import { bringCertificates } from './actions/bring-certificates.ts'
import { checkRelease } from './actions/check.ts'
import { finalize } from './actions/finalize.ts'
import { migrate } from './actions/migrate.ts'
import { prepare } from './actions/prepare.ts'
import { preview } from './actions/preview.ts'
import { removePlace } from './actions/remove.ts'
import { routeTraffic } from './actions/route.ts'
import { scaleDown } from './actions/scale-down.ts'
import { scaleUp } from './actions/scale-up.ts'
import { pingEngine } from './client/docker.ts'
import {
  addSamples,
  type DockerDeployOptions,
  type Host,
  mergeObservations,
  openHosts,
  runInTurn,
  runOnEach,
} from './hosts.ts'
import { nameSite } from './spec/site.ts'
import { listHosts } from './state/list-places.ts'
import { followLogs } from './state/logs.ts'
import { observe } from './state/observe.ts'
import { sample } from './state/sample.ts'

/**
 * Runs environments with `engine: docker`. Their replicas are containers, and a proxy on each host shares the traffic. With
 * several hosts each action goes host by host in the order of the settings, and one that fails stops the rest.
 */
export function createDockerDeployEngine(options: DockerDeployOptions): DeployEngine {
  const { all, listUsed, pick } = openHosts(options)
  const inTurn = async (place: Place, { signal }: WorkContext, work: (host: Host) => Promise<void>) =>
    runInTurn(pick(place), work, signal)
  const onEach = async <T>(place: Place, look: (host: Host) => Promise<T>) => Promise.all(pick(place).map(look))
  return {
    traits: { rolling: 'stepwise', weighting: 'proxy' },
    listSites: (place) =>
      (place ? pick(place) : listUsed()).map(({ name, docker }) => ({
        name: nameSite(name),
        ping: (signal) => pingEngine(docker, signal),
      })),
    observe: async (place, signal, options) =>
      mergeObservations(await onEach(place, (host) => observe(host, place, signal, options))),
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
    finalize: (release, keep, context) => inTurn(release, context, (host) => finalize(host, release, keep, context)),
    sample: async (place, revision, signal) =>
      addSamples(await onEach(place, (host) => sample(host, place, revision, signal))),
    bringCertificates: (store, context, place) =>
      runOnEach(place ? pick(place) : all, (host) => bringCertificates(host, store, context), context.signal),
    listPlaces: async (signal) => listHosts(all, signal),
    async *logs(place, options, signal) {
      yield* followLogs(pick(place), place, options, signal)
    },
    remove: (place, context) => inTurn(place, context, (host) => removePlace(host, place, context)),
  }
}
