import type { Observation, Replica } from '@stevedore/engine'
import type { Pod } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { describePod } from '../failure/pod-trouble.ts'
import { keys } from '../spec/labels.ts'
import { nameHost, nameObjects } from '../spec/names.ts'
import { findMainName, type KubernetesPlace } from '../spec/place.ts'
import { findBesideDrift } from './beside.ts'
import { findCompanionDrift, readCompanions, seeCompanions } from './companions.ts'
import { findDrift } from './drift.ts'
import { findLinkDrift } from './links.ts'
import { findObjectDrift } from './object-drift.ts'
import { listWorkloads, type PlaceState, readPlaceState } from './place-state.ts'
import { findProcessDrift, isBeside, readProcesses } from './processes.ts'
import { chosenSize, isAutoscaled } from './size.ts'
import { countTraffic } from './traffic.ts'
import { isReady, revisionOf, sizeOf, type Workload } from './workload.ts'

export async function observe(reader: NamespaceReader, place: KubernetesPlace): Promise<Observation> {
  const [state, processes, companions] = await Promise.all([
    readPlaceState(reader, place),
    readProcesses(reader, place),
    readCompanions(reader, place),
  ])
  const beside = processes.filter(isBeside)
  const address = readAddress(place, state)
  const autoscaled = await isAutoscaled(reader, place)
  const size = chosenSize(place, state, autoscaled)
  return {
    replicas: [
      ...listWorkloads(state).flatMap((workload) => workload.pods.map((pod) => toReplica(place, pod, workload))),
      ...processes.flatMap((workload) =>
        workload.pods.map((pod) => ({ ...toReplica(place, pod, workload), process: workload.process })),
      ),
    ],
    ...seeCompanions(companions),
    traffic: countTraffic(state),
    drift: [
      ...findDrift(place, state, autoscaled),
      ...findProcessDrift(place, state, processes),
      ...(await findBesideDrift(reader, place, state, processes)),
      ...(await findObjectDrift(reader, place, state)),
      ...(await findCompanionDrift(reader, place, state, companions)),
      ...findLinkDrift(place, state),
    ],
    ...(address === undefined ? {} : { address }),
    ...(size === undefined ? {} : { size }),
    ...(beside.length > 0 ? { beside: beside.reduce((sum, one) => sum + sizeOf(one), 0) } : {}),
  }
}

function toReplica(place: KubernetesPlace, pod: Pod, workload: Workload): Replica {
  const reason = describePod(pod)
  const host = pod.spec.nodeName
  const image = findImage(place, pod)
  const version = pod.metadata.labels?.[keys.version]
  return {
    name: pod.metadata.name,
    revision: revisionOf(pod, workload),
    healthy: isReady(pod),
    state: pod.status?.phase ?? 'Unknown',
    ...(reason === undefined ? {} : { reason }),
    ...(host === undefined ? {} : { host }),
    ...(image === undefined ? {} : { image }),
    ...(version === undefined ? {} : { version }),
  }
}

/** Of the app's own container: the one that is named, the only one, or the one of its name. */
function findImage({ app, settings }: KubernetesPlace, { spec: { containers } }: Pod): string | undefined {
  const { container } = settings
  const only = containers.length === 1 ? containers[0] : undefined
  const own = containers.find(({ name }) => name === (container ?? app)) ?? (container ? undefined : only)
  return own?.image
}

/** The ingress host where there is one, else the Service's cluster address, which answers in the cluster and on its nodes. */
function readAddress(place: KubernetesPlace, { service }: PlaceState): string | undefined {
  const { ingress, namespace } = place.settings
  if (ingress) return `${ingress.tls ? 'https' : 'http'}://${findMainName({ ingress })}`
  const port = service?.spec.ports?.[0]?.port
  if (!service || port === undefined) return undefined
  const { clusterIP = 'None' } = service.spec
  const host = clusterIP === 'None' ? `${nameObjects(place).service}.${namespace}.svc` : nameHost(clusterIP)
  return `http://${host}${port === 80 ? '' : `:${port}`}`
}
