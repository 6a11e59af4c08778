import type {
  KubernetesObject,
  V1ConfigMap,
  V1Deployment,
  V1Endpoints,
  V1HorizontalPodAutoscaler,
  V1Ingress,
  V1Job,
  V1NetworkPolicy,
  V1Pod,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1Secret,
  V1Service,
  V1ServiceAccount,
} from '@kubernetes/client-node'

/** An event of core/v1 as far as a diagnosis reads it. */
export interface ClusterEvent extends KubernetesObject {
  type?: string
  reason?: string
  message?: string
  count?: number
  lastTimestamp?: string
  eventTime?: string
  involvedObject?: { kind?: string; name?: string; uid?: string }
}

/** An Argo Rollouts `Rollout` as far as it is written and followed. */
export interface ArgoRollout extends KubernetesObject {
  spec: Record<string, unknown>
  status?: {
    phase?: string
    message?: string
    observedGeneration?: string
    replicas?: number
    updatedReplicas?: number
    availableReplicas?: number
  }
}

export interface ObjectOfKind {
  ConfigMap: V1ConfigMap
  Deployment: V1Deployment
  Endpoints: V1Endpoints
  Event: ClusterEvent
  HorizontalPodAutoscaler: V1HorizontalPodAutoscaler
  Ingress: V1Ingress
  Job: V1Job
  NetworkPolicy: V1NetworkPolicy
  Pod: V1Pod
  PodDisruptionBudget: V1PodDisruptionBudget
  ReplicaSet: V1ReplicaSet
  Rollout: ArgoRollout
  Secret: V1Secret
  Service: V1Service
  ServiceAccount: V1ServiceAccount
}
export type Kind = keyof ObjectOfKind

/** API version where it does not depend on the cluster, and the plural that addresses are made of. */
const kinds: Record<Kind, { apiVersion: string; plural: string }> = {
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps' },
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments' },
  Endpoints: { apiVersion: 'v1', plural: 'endpoints' },
  Event: { apiVersion: 'v1', plural: 'events' },
  HorizontalPodAutoscaler: { apiVersion: 'autoscaling/v1', plural: 'horizontalpodautoscalers' },
  Ingress: { apiVersion: 'networking.k8s.io/v1', plural: 'ingresses' },
  Job: { apiVersion: 'batch/v1', plural: 'jobs' },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', plural: 'networkpolicies' },
  Pod: { apiVersion: 'v1', plural: 'pods' },
  PodDisruptionBudget: { apiVersion: 'policy/v1', plural: 'poddisruptionbudgets' },
  ReplicaSet: { apiVersion: 'apps/v1', plural: 'replicasets' },
  Rollout: { apiVersion: 'argoproj.io/v1alpha1', plural: 'rollouts' },
  Secret: { apiVersion: 'v1', plural: 'secrets' },
  Service: { apiVersion: 'v1', plural: 'services' },
  ServiceAccount: { apiVersion: 'v1', plural: 'serviceaccounts' },
}

export function isKnownKind(kind: string | undefined): kind is Kind {
  return kind !== undefined && Object.hasOwn(kinds, kind)
}

/** The address of a namespace's objects of a kind, or of one of them. */
export function objectPath(kind: Kind, namespace: string, name?: string, apiVersion = kinds[kind].apiVersion): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const list = `${root}/namespaces/${encodeURIComponent(namespace)}/${kinds[kind].plural}`
  return name === undefined ? list : `${list}/${encodeURIComponent(name)}`
}
