import type { KubernetesObject, V1Container, V1PodSpec, V1SecurityContext, V1Volume } from '@kubernetes/client-node'
import { FailureError } from '@stevedore/contract'
import type { Manifest } from '../client/kinds.ts'
import type { KubernetesPlace } from './place.ts'

/** An object of a source's manifests: what it says of itself, until it has been found allowed. */
export interface SourceObject extends KubernetesObject {
  spec?: { type?: string; template?: { spec?: V1PodSpec } }
}

/** Kinds that a source's manifests may hold: all of one namespace, none that grants rights, none that holds secrets. */
const allowedKinds = new Map([
  ['Deployment', ['apps/v1']],
  ['Service', ['v1']],
  ['ConfigMap', ['v1']],
  ['ServiceAccount', ['v1']],
  ['Ingress', ['networking.k8s.io/v1']],
  ['NetworkPolicy', ['networking.k8s.io/v1']],
  ['PodDisruptionBudget', ['policy/v1', 'policy/v1beta1']],
  ['HorizontalPodAutoscaler', ['autoscaling/v2', 'autoscaling/v2beta2', 'autoscaling/v1']],
])

/** @throws FailureError `policy-violation` with all that is not allowed */
export function requireAllowed(objects: readonly SourceObject[], place: KubernetesPlace): Manifest[] {
  const violations = findViolations(objects, place)
  if (violations.length > 0) throw new FailureError('policy-violation', { diagnosis: violations.join('\n') })
  return objects.filter(isOfAllowedKind)
}

function isOfAllowedKind(object: SourceObject): object is SourceObject & Manifest {
  const { apiVersion = '', kind = '' } = object
  return allowedKinds.get(kind)?.includes(apiVersion) ?? false
}

/** What of a source's manifests is not allowed, each as `object: reason`; all at once. */
export function findViolations(objects: readonly SourceObject[], place: KubernetesPlace): string[] {
  return objects.flatMap((object) => {
    const name = `${object.kind} ${object.metadata?.name}`
    return [...checkObject(object, place.settings.namespace), ...checkPods(object, objects, place)].map(
      (why) => `${name}: ${why}`,
    )
  })
}

function checkObject(object: SourceObject, namespace: string): string[] {
  const { apiVersion, kind, metadata, spec } = object
  const faults: string[] = []
  if (!isOfAllowedKind(object)) faults.push(`${apiVersion} ${kind} is not a kind that may be deployed`)
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(metadata?.name ?? '')) faults.push('it has no proper name')
  if (metadata?.namespace !== undefined && metadata.namespace !== namespace)
    faults.push(`it is for the namespace ${metadata.namespace}, not ${namespace}`)
  if (metadata?.ownerReferences || metadata?.finalizers)
    faults.push('ownerReferences and finalizers are not for manifests')
  const { type } = spec ?? {}
  if (kind === 'Service' && type !== undefined && !['ClusterIP', 'NodePort', 'LoadBalancer'].includes(type))
    faults.push(`a Service of type ${type} leads out of the namespace`)
  return faults
}

function checkPods({ kind, spec }: SourceObject, objects: readonly SourceObject[], place: KubernetesPlace): string[] {
  if (kind !== 'Deployment') return []
  const pod = spec?.template?.spec
  if (!pod) return ['it has no pod template']
  if (!Array.isArray(pod.containers)) return ['it has no containers']
  const containers = [...pod.containers, ...(pod.initContainers ?? [])]
  return [
    ...checkHost(pod),
    ...checkAccount(pod, objects),
    ...(pod.volumes ?? []).flatMap(checkVolume),
    ...containers.flatMap((container) =>
      checkContainer(container, pod, place).map((why) => `container ${container.name}: ${why}`),
    ),
  ]
}

function checkHost(pod: V1PodSpec): string[] {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((key) => pod[key])
  const faults = shared.map((key) => `${key} is not allowed`)
  if (pod.securityContext?.sysctls?.length) faults.push('sysctls are not allowed')
  if (pod.securityContext?.windowsOptions?.hostProcess) faults.push('host processes are not allowed')
  if (pod.nodeName) faults.push('choosing a node by name is not allowed')
  if (pod.priorityClassName?.startsWith('system-')) faults.push('system priorities are not allowed')
  return faults
}

/** An account that exists already may have rights that the source's author has not. */
function checkAccount(pod: V1PodSpec, objects: readonly SourceObject[]): string[] {
  const account = pod.serviceAccountName ?? pod.serviceAccount
  if (account === undefined || account === 'default') return []
  const own = objects.some(({ kind, metadata }) => kind === 'ServiceAccount' && metadata?.name === account)
  return own ? [] : [`the ServiceAccount ${account} is not one of the manifests`]
}

const allowedVolumes = [
  'name',
  'configMap',
  'secret',
  'emptyDir',
  'downwardAPI',
  'projected',
  'persistentVolumeClaim',
  'ephemeral',
]

function checkVolume(volume: V1Volume): string[] {
  return Object.keys(volume)
    .filter((key) => !allowedVolumes.includes(key))
    .map((key) => `volume ${volume.name}: ${key} is not allowed`)
}

function checkContainer(container: V1Container, pod: V1PodSpec, { settings }: KubernetesPlace): string[] {
  const { securityContext: own = {}, ports = [] } = container
  const faults = checkPrivileges(own, settings.capabilities)
  if ((own.seccompProfile ?? pod.securityContext?.seccompProfile)?.type === 'Unconfined')
    faults.push('an unconfined seccomp profile is not allowed')
  if ((own.runAsUser ?? pod.securityContext?.runAsUser) === 0 && !settings.allowRoot)
    faults.push('user 0 needs allowRoot: true')
  if (ports.some(({ hostPort }) => hostPort)) faults.push('host ports are not allowed')
  return faults
}

function checkPrivileges(security: V1SecurityContext, granted: readonly string[] = []): string[] {
  const faults: string[] = []
  if (security.privileged) faults.push('privileged is not allowed')
  if (security.allowPrivilegeEscalation) faults.push('allowPrivilegeEscalation is not allowed')
  const added = security.capabilities?.add ?? []
  if (added.some((name) => name !== 'NET_BIND_SERVICE' && !granted.includes(name)))
    faults.push(`added capabilities need to stand under capabilities: ${added.join(', ')}`)
  if (security.procMount !== undefined && security.procMount !== 'Default') faults.push('procMount is not allowed')
  return faults
}
