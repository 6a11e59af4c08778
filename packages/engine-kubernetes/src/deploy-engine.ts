import type { DeployEngine, Place, WorkContext } from '@stevedore/engine'
import { startAction } from './actions/action.ts'
import { check } from './actions/check.ts'
import { followCommand, removeCommand, startCommand } from './actions/command.ts'
import { endExec, execCommand } from './actions/exec-command.ts'
import { finalize } from './actions/finalize.ts'
import { migrate } from './actions/migrate.ts'
import { prepare } from './actions/prepare.ts'
import { preview } from './actions/preview.ts'
import { remove } from './actions/remove.ts'
import { restartProcess } from './actions/restart-process.ts'
import { roll } from './actions/roll.ts'
import { rollProcesses } from './actions/roll-processes.ts'
import { route } from './actions/route.ts'
import { scaleDown } from './actions/scale-down.ts'
import { scaleUp } from './actions/scale-up.ts'
import { startService } from './actions/start-service.ts'
import { type ClusterAccess, createConnector } from './client/connect.ts'
import { type NamespaceReader, openReader, openWriter } from './client/namespace.ts'
import { translated, translateError } from './failure/translate.ts'
import { rememberPlaces } from './remember-places.ts'
import { asKubernetes, type KubernetesPlace } from './spec/place.ts'
import { listVolumeNames } from './state/claims.ts'
import { judgeCounts } from './state/judge-counts.ts'
import { readLogs } from './state/logs.ts'
import { observe } from './state/observe.ts'
import { tellAllRights } from './state/rights.ts'

/**
 * Deploys to Kubernetes 1.20 and later. What a place is and how its two K8sDeployments share the work is told in
 * docs/adr/0004-kubernetes.md.
 */
export function createKubernetesDeployEngine(access: ClusterAccess = {}): DeployEngine {
  const connect = createConnector(access)
  const seen = rememberPlaces(connect, access)
  const read = (place: Place, signal: AbortSignal) => {
    const { settings } = asKubernetes(place)
    seen.note(settings)
    return openReader(connect(settings.context), settings.namespace, signal, access)
  }
  const look = <P extends Place, T>(given: P, signal: AbortSignal, act: Look<P, T>) =>
    translated(() => {
      const [reader, place] = [read(given, signal), asKubernetes(given)]
      return tellAllRights(reader, place, () => act(reader, place))
    })
  const start = <P extends Place>(given: P, context: WorkContext) => {
    const place = asKubernetes(given)
    const { settings } = place
    seen.note(settings)
    const cluster = connect(settings.context)
    const writer = openWriter(cluster, settings.namespace, context, context.signal, access)
    return startAction(place, writer, context)
  }
  return {
    traits: { rolling: 'native', weighting: 'replicas' },
    listSites: (place) => seen.listSites(place && asKubernetes(place)),
    observe: (place, signal) => look(place, signal, observe),
    preview: (release, signal) => look(release, signal, preview),
    prepare: (release, { signal }) => look(release, signal, prepare),
    migrate: (release, context) => translated(() => migrate(start(release, context))),
    startCommand: (release, command, context) => translated(() => startCommand(start(release, context), command)),
    followCommand: (place, context, terminal) => translated(() => followCommand(start(place, context), terminal)),
    removeCommand: (place, context) => translated(() => removeCommand(start(place, context))),
    execCommand: (place, command, context) => translated(() => execCommand(start(place, context), command)),
    endExec: (place, replica, context) => translated(() => endExec(start(place, context), replica)),
    scaleUp: (release, count, context) => translated(() => scaleUp(start(release, context), count)),
    check: (release, context) => translated(() => check(start(release, context))),
    route: (place, weights, context) => translated(() => route(start(place, context), weights)),
    scaleDown: (place, revision, count, context) => translated(() => scaleDown(start(place, context), revision, count)),
    roll: (release, context) => translated(() => roll(start(release, context))),
    rollProcesses: (release, context) => translated(() => rollProcesses(start(release, context))),
    judgeCounts: (place, counts, signal) => look(place, signal, (reader, found) => judgeCounts(reader, found, counts)),
    restartProcess: (release, process, context) => translated(() => restartProcess(start(release, context), process)),
    startService: (companion, context) =>
      translated(() => {
        const action = start(companion, context)
        return tellAllRights(action.writer, action.place, () => startService(action))
      }),
    finalize: (release, keep, context) => translated(() => finalize(start(release, context), keep)),
    // The cluster counts no requests by revision; an analysis asks Prometheus instead.
    sample: async () => undefined,
    logs: (place, options, signal) =>
      translatedLines(() => readLogs(read(place, signal), asKubernetes(place), options)),
    listPlaces: (signal) => seen.listPlaces(signal),
    listVolumes: (place, signal) => look(place, signal, listVolumeNames),
    remove: (place, context, options) =>
      translated(() => {
        const action = start(place, context)
        return tellAllRights(action.writer, action.place, () => remove(action, options))
      }),
  }
}

type Look<P extends Place, T> = (reader: NamespaceReader, place: P & KubernetesPlace) => Promise<T>
async function* translatedLines(read: () => AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* read()
  } catch (error) {
    throw translateError(error)
  }
}
