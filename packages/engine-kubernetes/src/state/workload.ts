import { isDeepStrictEqual } from 'node:util'
import type { Deployment, Pod, PodTemplate, ReplicaSet } from '../client/kinds.ts'
import { keys } from '../spec/labels.ts'
import type { Slot } from '../spec/names.ts'

/** One K8sDeployment of a place with what it owns. */
export interface Workload {
  slot: Slot
  deployment: Deployment
  /** What it was last set to; 0 for one that Stevedore has not touched. */
  revision: number
  replicaSets: ReplicaSet[]
  /** Without those that are leaving. */
  pods: Pod[]
}

export function collectWorkload(slot: Slot, deployment: Deployment, sets: ReplicaSet[], pods: Pod[]): Workload {
  const replicaSets = sets.filter((set) => isOwnedBy(set, deployment.metadata.uid))
  return {
    slot,
    deployment,
    revision: Number(deployment.metadata.labels?.[keys.revision] ?? 0),
    replicaSets,
    pods: pods.filter(
      (pod) => !pod.metadata.deletionTimestamp && replicaSets.some((set) => isOwnedBy(pod, set.metadata.uid)),
    ),
  }
}

export function isOwnedBy({ metadata }: Pod | ReplicaSet, uid: string | undefined): boolean {
  return uid !== undefined && (metadata.ownerReferences ?? []).some((owner) => owner.controller && owner.uid === uid)
}

/**
 * The ReplicaSet of the K8sDeployment's present template, found as its controller finds it; undefined until that has made it. (The
 * number in its annotations may lag behind the template.)
 */
export function freshReplicaSet({ deployment, replicaSets }: Workload): ReplicaSet | undefined {
  if (!isObserved(deployment)) return undefined
  return replicaSets.find(({ spec }) => isDeepStrictEqual(dropHash(spec.template), deployment.spec.template))
}

function isObserved({ status, metadata }: Deployment): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
}

/** A ReplicaSet's template as its K8sDeployment had it. */
export function dropHash(template: PodTemplate): PodTemplate {
  const { [keys.templateHash]: _, ...labels } = template.metadata?.labels ?? {}
  return { ...template, metadata: { ...template.metadata, labels } }
}

/** The number that `kubectl rollout history` shows; 0 for none. */
export function readClusterRevision({ metadata }: Pick<ReplicaSet, 'metadata'>): number {
  return Number(metadata.annotations?.[keys.clusterRevision] ?? 0)
}

/** The pods of the present template. */
export function freshPods(workload: Workload): Pod[] {
  const fresh = freshReplicaSet(workload)
  return fresh ? workload.pods.filter((pod) => isOwnedBy(pod, fresh.metadata.uid)) : []
}

/** By the pod's own label where Stevedore made its template, else by what its ReplicaSet was annotated with. */
export function revisionOf(pod: Pod, { replicaSets }: Workload): number {
  const own = pod.metadata.labels?.[keys.revision]
  const set = replicaSets.find((one) => isOwnedBy(pod, one.metadata.uid))
  return Number(own ?? set?.metadata.annotations?.[keys.revision] ?? 0)
}

export function isReady({ status, metadata }: Pod): boolean {
  if (metadata.deletionTimestamp) return false
  return (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True')
}

export function countReady(workload: Workload): number {
  return freshPods(workload).filter(isReady).length
}

/** As `kubectl rollout status` counts: the newest template is observed, at full size, available, and nothing else is left. */
export function isRolledOut({ deployment }: Workload, count = deployment.spec.replicas ?? 1): boolean {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = deployment.status ?? {}
  return (
    isObserved(deployment) &&
    updatedReplicas >= count &&
    replicas === updatedReplicas &&
    availableReplicas >= updatedReplicas
  )
}

export function sizeOf(workload: Workload | undefined): number {
  return workload?.deployment.spec.replicas ?? 0
}

interface Templated {
  spec: { template: PodTemplate }
}

/** The Secret objects that pods of a template take the release's secrets and the credential from. */
export function listSecrets({ spec }: Templated): string[] {
  const { containers, imagePullSecrets = [] } = spec.template.spec
  const env = containers.flatMap((container) => container.env ?? [])
  const pull = imagePullSecrets.flatMap(({ name }) => (name ? [name] : []))
  return [...new Set([...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []), ...pull])]
}
