import { FailureError } from '@stevedore/contract'
import type { DeployEngine, Place, Site, WorkContext } from '@stevedore/engine'
import { bringCertificates } from './actions/bring-certificates.ts'
import { checkRelease } from './actions/check.ts'
import { followCommand, removeCommands, startCommand } from './actions/command.ts'
import { endExec, execCommand } from './actions/exec-command.ts'
import { finalize } from './actions/finalize.ts'
import { migrate } from './actions/migrate.ts'
import { prepare } from './actions/prepare.ts'
import { preview } from './actions/preview.ts'
import { removePlace } from './actions/remove.ts'
import { restartProcess, rollProcesses } from './actions/roll-processes.ts'
import { routeTraffic } from './actions/route.ts'
import { scaleDown } from './actions/scale-down.ts'
import { scaleUp } from './actions/scale-up.ts'
import { startService } from './actions/start-service.ts'
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
import { pinToVolumes, refuseElsewhere } from './pin-to-volumes.ts'
import { nameSite } from './spec/site.ts'
import { listHosts } from './state/list-places.ts'
import { followLogs } from './state/logs.ts'
import { observe } from './state/observe.ts'
import { sample } from './state/sample.ts'
import { listPlaceVolumes } from './state/volumes.ts'

/**
 * Runs environments with `engine: docker`. Their replicas are containers, and a proxy on each host shares the traffic. With
 * several hosts each action goes host by host in the order of the settings, and one that fails stops the rest.
 */
export function createDockerDeployEngine(options: DockerDeployOptions): DeployEngine {
  const { all, listUsed, pick } = openHosts(options)
  const choose = async (place: Place) => pinToVolumes(pick(place), place)
  const inTurn = async (place: Place, { signal }: WorkContext, work: (host: Host) => Promise<void>) =>
    runInTurn(pick(place), work, signal)
  /** Where a release is to run; what is there of others may be on further hosts. */
  const onChosen = async (place: Place, { signal }: WorkContext, work: (host: Host) => Promise<void>) =>
    runInTurn(await choose(place), work, signal)
  const withItsData: typeof onChosen = async (place, context, work) => {
    await refuseElsewhere(await choose(place), all, place)
    await onChosen(place, context, work)
  }
  const onEach = async <T>(hosts: Host[], look: (host: Host) => Promise<T>) => Promise.all(hosts.map(look))
  return {
    traits: { rolling: 'stepwise', weighting: 'proxy' },
    listSites: (place) => (place ? pick(place) : listUsed()).map(openSite),
    observe: async (place, signal, options) =>
      mergeObservations(await onEach(pick(place), (host) => observe(host, place, signal, options))),
    preview: async (release, signal) =>
      (await onEach(await choose(release), (host) => preview(host, release, signal))).flat(),
    prepare: (release, context) => withItsData(release, context, (host) => prepare(host, release, context)),
    // A migration changes what all hosts share, so the first runs it for all.
    migrate: async (release, context) =>
      runInTurn((await choose(release)).slice(0, 1), (host) => migrate(host, release, context), context.signal),
    startCommand: async (release, command, context) =>
      runInTurn(
        (await choose(release)).slice(0, 1),
        (host) => startCommand(host, release, command, context),
        context.signal,
      ),
    followCommand: (place, context, terminal) => followCommand(pick(place), place, context, terminal),
    removeCommand: (place, context) =>
      inTurn(place, context, (host) => removeCommands(host, place, context, context.jobId)),
    execCommand: (place, command, context) => execCommand(pick(place), place, command, context),
    endExec: (place, replica, context) => endExec(pick(place), place, replica, context),
    scaleUp: (release, count, context) => onChosen(release, context, (host) => scaleUp(host, release, count, context)),
    check: (release, context) => onChosen(release, context, (host) => checkRelease(host, release, context)),
    route: (place, weights, context) => onChosen(place, context, (host) => routeTraffic(host, place, weights, context)),
    scaleDown: (place, revision, count, context) =>
      inTurn(place, context, (host) => scaleDown(host, place, revision, count, context)),
    rollProcesses: async (release, context) => rollProcesses(await choose(release), release, context),
    restartProcess: async (release, process, context) =>
      restartProcess(await choose(release), release, process, context),
    startService: (companion, context) =>
      withItsData(companion, context, (host) => startService(host, companion, context)),
    roll: () => Promise.reject(new FailureError('internal', { detail: 'Docker has no rolling update of its own' })),
    async finalize(release, keep, context) {
      const chosen = await choose(release)
      await inTurn(release, context, (host) =>
        chosen.includes(host) ? finalize(host, release, keep, context) : removePlace(host, release, context),
      )
    },
    sample: async (place, revision, signal) =>
      addSamples(await onEach(await choose(place), (host) => sample(host, place, revision, signal))),
    bringCertificates: (store, context, place) =>
      runOnEach(place ? pick(place) : all, (host) => bringCertificates(host, store, context), context.signal),
    listPlaces: async (signal) => listHosts(all, signal),
    async *logs(place, options, signal) {
      yield* followLogs(pick(place), place, options, signal)
    },
    listVolumes: async (place, signal) =>
      [...new Set((await onEach(pick(place), (host) => listPlaceVolumes(host, place, signal))).flat())].toSorted(),
    remove: (place, context, options) => inTurn(place, context, (host) => removePlace(host, place, context, options)),
  }
}

function openSite({ name, docker }: Host): Site {
  return { name: nameSite(name), ping: (signal) => pingEngine(docker, signal) }
}
