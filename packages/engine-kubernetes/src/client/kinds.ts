import type {
  KubernetesObject,
  V1ConfigMap,
  V1CronJob,
  V1Deployment,
  V1Endpoints,
  V1HorizontalPodAutoscaler,
  V1Ingress,
  V1Job,
  V1LimitRange,
  V1NetworkPolicyPeer,
  V1NetworkPolicySpec,
  V1ObjectMeta,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1PodSpec,
  V1PodTemplateSpec,
  V1ReplicaSet,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
} from '@kubernetes/client-node'

/** An event of core/v1 as far as a diagnosis reads it. */
export interface ClusterEvent extends KubernetesObject {
  type?: string
  reason?: string
  /** `fieldPath` is `spec.containers{web}` where it is about one container. */
  involvedObject?: { uid?: string; fieldPath?: string }
  message?: string
  /** How often it happened; in `series` where the reporter is newer. */
  count?: number
  series?: { count?: number }
  lastTimestamp?: string
  /** Who says it, the second where the reporter is newer. */
  source?: { component?: string }
  reportingComponent?: string
  eventTime?: string
}

/** An Argo Rollouts `Rollout` as far as it is written and followed. */
interface ArgoRollout extends KubernetesObject {
  spec: {
    replicas?: number
    revisionHistoryLimit?: number
    selector: { matchLabels?: Record<string, string> }
    template: PodTemplate
    strategy: { canary: { maxSurge: number; maxUnavailable: number; steps: ArgoStep[] } }
  }
  status?: {
    phase?: string
    message?: string
    observedGeneration?: string
  }
}
/** @see https://argo-rollouts.readthedocs.io/en/stable/features/canary: a pause without a duration waits for a promotion */
export type ArgoStep = { setWeight: number } | { pause: { duration?: number } }

/** As it is written; the client's own type gives `from` another name. */
interface NetworkPolicy extends KubernetesObject {
  spec: Omit<V1NetworkPolicySpec, 'ingress'> & { ingress?: { from?: V1NetworkPolicyPeer[] }[] }
}

/** An object as the API gives it: it has a name, and a spec where its kind has one. */
type Stored<T extends KubernetesObject & { spec?: unknown }> = T & { metadata: Metadata; spec: NonNullable<T['spec']> }
type Templated<T extends KubernetesObject & { spec?: unknown }> = Stored<T> & { spec: { template: PodTemplate } }
type StoredPlain<T extends KubernetesObject> = T & { metadata: Metadata }
type Metadata = V1ObjectMeta & { name: string }
export type PodTemplate = V1PodTemplateSpec & { spec: V1PodSpec }

export interface ObjectOfKind {
  ConfigMap: StoredPlain<V1ConfigMap>
  CronJob: Stored<V1CronJob> & { spec: { jobTemplate: { spec: { template: PodTemplate } } } }
  Deployment: Templated<V1Deployment>
  Endpoints: StoredPlain<V1Endpoints>
  Event: StoredPlain<ClusterEvent>
  HorizontalPodAutoscaler: Stored<V1HorizontalPodAutoscaler>
  Ingress: Stored<V1Ingress>
  Job: Templated<V1Job>
  LimitRange: Stored<V1LimitRange>
  NetworkPolicy: Stored<NetworkPolicy>
  PersistentVolumeClaim: Stored<V1PersistentVolumeClaim>
  Pod: Stored<V1Pod>
  PodDisruptionBudget: Stored<V1PodDisruptionBudget>
  ReplicaSet: Templated<V1ReplicaSet>
  Rollout: Stored<ArgoRollout>
  Secret: StoredPlain<V1Secret>
  Service: Stored<V1Service>
  ServiceAccount: StoredPlain<V1ServiceAccount>
  StatefulSet: Templated<V1StatefulSet>
}
export type Kind = keyof ObjectOfKind
export type Pod = ObjectOfKind['Pod']
export type ReplicaSet = ObjectOfKind['ReplicaSet']
export type Deployment = ObjectOfKind['Deployment']
export type CronJob = ObjectOfKind['CronJob']
export type StatefulSet = ObjectOfKind['StatefulSet']

/** An object as it is written: it says what it is. */
export interface Manifest extends KubernetesObject {
  apiVersion: string
  kind: Kind
  metadata: Metadata
  spec?: unknown
}
export type ManifestOf<K extends Kind> = Manifest & { kind: K } & Omit<ObjectOfKind[K], keyof KubernetesObject>

/** API version where it does not depend on the cluster, and the plural that addresses are made of. */
const kinds: Record<Kind, { apiVersion: string; plural: string }> = {
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps' },
  CronJob: { apiVersion: 'batch/v1', plural: 'cronjobs' },
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments' },
  Endpoints: { apiVersion: 'v1', plural: 'endpoints' },
  Event: { apiVersion: 'v1', plural: 'events' },
  HorizontalPodAutoscaler: { apiVersion: 'autoscaling/v1', plural: 'horizontalpodautoscalers' },
  Ingress: { apiVersion: 'networking.k8s.io/v1', plural: 'ingresses' },
  Job: { apiVersion: 'batch/v1', plural: 'jobs' },
  LimitRange: { apiVersion: 'v1', plural: 'limitranges' },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', plural: 'networkpolicies' },
  PersistentVolumeClaim: { apiVersion: 'v1', plural: 'persistentvolumeclaims' },
  Pod: { apiVersion: 'v1', plural: 'pods' },
  PodDisruptionBudget: { apiVersion: 'policy/v1', plural: 'poddisruptionbudgets' },
  ReplicaSet: { apiVersion: 'apps/v1', plural: 'replicasets' },
  Rollout: { apiVersion: 'argoproj.io/v1alpha1', plural: 'rollouts' },
  Secret: { apiVersion: 'v1', plural: 'secrets' },
  Service: { apiVersion: 'v1', plural: 'services' },
  ServiceAccount: { apiVersion: 'v1', plural: 'serviceaccounts' },
  StatefulSet: { apiVersion: 'apps/v1', plural: 'statefulsets' },
}

/** A namespace's objects of a kind, or with a name one of them. */
export interface ObjectAddress<K extends Kind = Kind> {
  kind: K
  namespace: string
  name?: string
  /** Where it depends on the cluster. */
  apiVersion?: string | undefined
}

/** The path of an address at the API. */
export function objectPath({ kind, namespace, name, apiVersion = kinds[kind].apiVersion }: ObjectAddress): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const list = `${root}/namespaces/${encodeURIComponent(namespace)}/${kinds[kind].plural}`
  return name === undefined ? list : `${list}/${encodeURIComponent(name)}`
}
