import { isDeepStrictEqual } from 'node:util'
import type {
  V1Deployment,
  V1Endpoints,
  V1Pod,
  V1PodTemplateSpec,
  V1ReplicaSet,
  V1Service,
} from '@kubernetes/client-node'
import type { NamespaceReader } from '../client/namespace.ts'
import {
  argoStrategy,
  isStevedores,
  type KubernetesPlace,
  keys,
  nameObjects,
  placeLabels,
  type SlotName,
} from '../spec/names.ts'

/** One K8sDeployment of a place with what it owns. */
export interface Slot {
  name: SlotName
  deployment: V1Deployment
  /** What it was last set to; 0 for one that Stevedore has not touched. */
  revision: number
  replicaSets: V1ReplicaSet[]
  /** Without those that are leaving. */
  pods: V1Pod[]
}

/** A place as the cluster shows it at one moment: all decisions are derived from it, none from memory. */
export interface Picture {
  main: Slot | undefined
  next: Slot | undefined
  /** `main` was made by others. */
  adopted: boolean
  /** A `Rollout` of Argo's has ReplicaSets here. */
  argo: boolean
  service: V1Service | undefined
  endpoints: V1Endpoints | undefined
}

export async function takePicture(reader: NamespaceReader, place: KubernetesPlace): Promise<Picture> {
  const names = nameObjects(place)
  const [main, next, service, endpoints] = await Promise.all([
    argoStrategy(place) ? getRollout(reader, names.main) : reader.get('Deployment', names.main),
    reader.get('Deployment', names.next),
    reader.get('Service', names.service),
    reader.get('Endpoints', names.service),
  ])
  const adopted = main !== undefined && !isStevedores(main)
  const labels = adopted ? (main.spec?.selector.matchLabels ?? {}) : placeLabels(place)
  const [replicaSets, pods] = await Promise.all([reader.list('ReplicaSet', { labels }), reader.list('Pod', { labels })])
  const slot = (name: SlotName, deployment: V1Deployment | undefined) =>
    deployment && collectSlot(name, deployment, replicaSets, pods)
  const argo = replicaSets.some(({ metadata }) => metadata?.ownerReferences?.some(({ kind }) => kind === 'Rollout'))
  return { main: slot('main', main), next: slot('next', next), adopted, argo, service, endpoints }
}

/** As far as it is looked at, a `Rollout` has the fields of a K8sDeployment. */
async function getRollout(reader: NamespaceReader, name: string): Promise<V1Deployment | undefined> {
  const { argo } = await reader.describe()
  return argo ? ((await reader.get('Rollout', name)) as V1Deployment | undefined) : undefined
}

function collectSlot(name: SlotName, deployment: V1Deployment, replicaSets: V1ReplicaSet[], pods: V1Pod[]): Slot {
  const own = replicaSets.filter((set) => isOwnedBy(set, deployment.metadata?.uid))
  const alive = pods.filter(
    (pod) => !pod.metadata?.deletionTimestamp && own.some((set) => isOwnedBy(pod, set.metadata?.uid)),
  )
  return {
    name,
    deployment,
    revision: Number(deployment.metadata?.labels?.[keys.revision] ?? 0),
    replicaSets: own,
    pods: alive,
  }
}

export function isOwnedBy({ metadata }: V1Pod | V1ReplicaSet, uid: string | undefined): boolean {
  return uid !== undefined && (metadata?.ownerReferences ?? []).some((owner) => owner.controller && owner.uid === uid)
}

export function listSlots({ main, next }: Picture): Slot[] {
  return [main, next].filter((slot) => slot !== undefined)
}

/**
 * The ReplicaSet of the K8sDeployment's present template, found as its controller finds it; undefined until that has made it. (The
 * number in its annotations may lag behind the template.)
 */
export function freshReplicaSet({ deployment, replicaSets }: Slot): V1ReplicaSet | undefined {
  if ((deployment.status?.observedGeneration ?? 0) < (deployment.metadata?.generation ?? 0)) return undefined
  const wanted = deployment.spec?.template
  return replicaSets.find(({ spec }) => isDeepStrictEqual(dropHash(spec?.template), wanted))
}

function dropHash(template: V1PodTemplateSpec | undefined): V1PodTemplateSpec | undefined {
  const { [keys.templateHash]: _, ...labels } = template?.metadata?.labels ?? {}
  return template && { ...template, metadata: { ...template.metadata, labels } }
}

/** The number that `kubectl rollout history` shows. */
export const clusterRevision = 'deployment.kubernetes.io/revision'

/** The pods of the present template. */
export function freshPods(slot: Slot): V1Pod[] {
  const fresh = freshReplicaSet(slot)
  return fresh ? slot.pods.filter((pod) => isOwnedBy(pod, fresh.metadata?.uid)) : []
}

/** By the pod's own label where Stevedore made its template, else by what its ReplicaSet was annotated with. */
export function revisionOf(pod: V1Pod, { replicaSets }: Slot): number {
  const own = pod.metadata?.labels?.[keys.revision]
  const set = replicaSets.find((one) => isOwnedBy(pod, one.metadata?.uid))
  return Number(own ?? set?.metadata?.annotations?.[keys.revision] ?? 0)
}

export function isReady({ status, metadata }: V1Pod): boolean {
  if (metadata?.deletionTimestamp) return false
  return (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True')
}

/** As `kubectl rollout status` counts: the newest template is observed, at full size, available, and nothing else is left. */
export function isRolledOut({ deployment }: Slot, count = deployment.spec?.replicas ?? 1): boolean {
  const { observedGeneration = 0, updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = deployment.status ?? {}
  return (
    observedGeneration >= (deployment.metadata?.generation ?? 0) &&
    updatedReplicas >= count &&
    replicas === updatedReplicas &&
    availableReplicas >= updatedReplicas
  )
}

export function sizeOf(slot: Slot | undefined): number {
  return slot?.deployment.spec?.replicas ?? 0
}
