import type { Observation, Replica } from '@stevedore/engine'
import type { Pod } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { describePod } from '../failure/pod-trouble.ts'
import { nameHost, nameObjects } from '../spec/names.ts'
import { findMainName, type KubernetesPlace } from '../spec/place.ts'
import { findDrift } from './drift.ts'
import { listWorkloads, type PlaceState, readPlaceState } from './place-state.ts'
import { chosenSize, isAutoscaled } from './size.ts'
import { countTraffic } from './traffic.ts'
import { isReady, revisionOf, type Workload } from './workload.ts'

export async function observe(reader: NamespaceReader, place: KubernetesPlace): Promise<Observation> {
  const state = await readPlaceState(reader, place)
  const address = readAddress(place, state)
  const autoscaled = await isAutoscaled(reader, place)
  const size = chosenSize(place, state, autoscaled)
  return {
    replicas: listWorkloads(state).flatMap((workload) => workload.pods.map((pod) => toReplica(pod, workload))),
    traffic: countTraffic(state),
    drift: findDrift(place, state, autoscaled),
    ...(address === undefined ? {} : { address }),
    ...(size === undefined ? {} : { size }),
  }
}

function toReplica(pod: Pod, workload: Workload): Replica {
  const reason = describePod(pod)
  const host = pod.spec.nodeName
  return {
    name: pod.metadata.name,
    revision: revisionOf(pod, workload),
    healthy: isReady(pod),
    state: pod.status?.phase ?? 'Unknown',
    ...(reason === undefined ? {} : { reason }),
    ...(host === undefined ? {} : { host }),
  }
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
