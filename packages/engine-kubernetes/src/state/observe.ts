import type { V1Pod } from '@kubernetes/client-node'
import type { Observation, Replica } from '@stevedore/engine'
import type { NamespaceReader } from '../client/namespace.ts'
import { describePod } from '../failure/pod-trouble.ts'
import { type KubernetesPlace, nameObjects } from '../spec/names.ts'
import { findDrift } from './drift.ts'
import { isReady, listSlots, type Picture, revisionOf, type Slot, takePicture } from './place-state.ts'
import { chosenSize, isAutoscaled } from './size.ts'
import { countTraffic } from './traffic.ts'

export async function observe(reader: NamespaceReader, place: KubernetesPlace): Promise<Observation> {
  const picture = await takePicture(reader, place)
  const address = readAddress(place, picture)
  const autoscaled = await isAutoscaled(reader, place)
  const size = chosenSize(place, picture, autoscaled)
  return {
    replicas: listSlots(picture).flatMap((slot) => slot.pods.map((pod) => toReplica(pod, slot))),
    traffic: countTraffic(picture),
    drift: findDrift(place, picture, autoscaled),
    ...(address === undefined ? {} : { address }),
    ...(size === undefined ? {} : { size }),
  }
}

function toReplica(pod: V1Pod, slot: Slot): Replica {
  const reason = describePod(pod)
  const host = pod.spec?.nodeName
  return {
    name: pod.metadata?.name ?? '',
    revision: revisionOf(pod, slot),
    healthy: isReady(pod),
    state: pod.status?.phase ?? 'Unknown',
    ...(reason === undefined ? {} : { reason }),
    ...(host === undefined ? {} : { host }),
  }
}

/** The ingress host where there is one, else the Service's cluster address, which answers in the cluster and on its nodes. */
export function readAddress({ settings, ...place }: KubernetesPlace, { service }: Picture): string | undefined {
  if (settings.ingress) return `${settings.ingress.tls ? 'https' : 'http'}://${settings.ingress.host}`
  const port = service?.spec?.ports?.[0]?.port
  if (!service || port === undefined) return undefined
  const address = service.spec?.clusterIP
  const name = `${nameObjects({ ...place, settings }).service}.${settings.namespace}.svc`
  const host = !address || address === 'None' ? name : address.includes(':') ? `[${address}]` : address
  return `http://${host}${port === 80 ? '' : `:${port}`}`
}
