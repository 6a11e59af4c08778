import type { KubernetesObject, V1Container, V1Deployment, V1PodSpec, V1Volume } from '@kubernetes/client-node'
import type { KubernetesPlace } from './names.ts'

/** Kinds that a source's manifests may hold: all of one namespace, none that grants rights, none that holds secrets. */
export const allowedKinds: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['apps/v1'],
  Service: ['v1'],
  ConfigMap: ['v1'],
  ServiceAccount: ['v1'],
  Ingress: ['networking.k8s.io/v1'],
  NetworkPolicy: ['networking.k8s.io/v1'],
  PodDisruptionBudget: ['policy/v1', 'policy/v1beta1'],
  HorizontalPodAutoscaler: ['autoscaling/v2', 'autoscaling/v2beta2', 'autoscaling/v1'],
}

/** What of a source's manifests is not allowed, each as `object: reason`; all at once. */
export function findViolations(objects: readonly KubernetesObject[], place: KubernetesPlace): string[] {
  return objects.flatMap((object) => {
    const name = `${object.kind} ${object.metadata?.name}`
    return [...checkObject(object, place.settings.namespace), ...checkPods(object, objects, place)].map(
      (why) => `${name}: ${why}`,
    )
  })
}

function checkObject({ apiVersion = '', kind = '', metadata, ...rest }: KubernetesObject, namespace: string): string[] {
  const faults: string[] = []
  if (!Object.hasOwn(allowedKinds, kind) || !allowedKinds[kind]!.includes(apiVersion))
    faults.push(`${apiVersion} ${kind} is not a kind that may be deployed`)
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(metadata?.name ?? '')) faults.push('it has no proper name')
  if (metadata?.namespace !== undefined && metadata.namespace !== namespace)
    faults.push(`it is for the namespace ${metadata.namespace}, not ${namespace}`)
  if (metadata?.ownerReferences || metadata?.finalizers)
    faults.push('ownerReferences and finalizers are not for manifests')
  const type = (rest as { spec?: { type?: string } }).spec?.type
  if (kind === 'Service' && type !== undefined && !['ClusterIP', 'NodePort', 'LoadBalancer'].includes(type))
    faults.push(`a Service of type ${type} leads out of the namespace`)
  return faults
}

function checkPods(object: KubernetesObject, objects: readonly KubernetesObject[], place: KubernetesPlace): string[] {
  if (object.kind !== 'Deployment') return []
  const pod = (object as V1Deployment).spec?.template?.spec
  if (!pod) return ['it has no pod template']
  const containers = [...(pod.containers ?? []), ...(pod.initContainers ?? [])]
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
function checkAccount(pod: V1PodSpec, objects: readonly KubernetesObject[]): string[] {
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

function checkContainer(
  { securityContext: own = {}, ports = [] }: V1Container,
  pod: V1PodSpec,
  place: KubernetesPlace,
): string[] {
  const faults: string[] = []
  if (own.privileged) faults.push('privileged is not allowed')
  if (own.allowPrivilegeEscalation) faults.push('allowPrivilegeEscalation is not allowed')
  if (own.capabilities?.add?.some((name) => name !== 'NET_BIND_SERVICE'))
    faults.push(`added capabilities are not allowed: ${own.capabilities.add.join(', ')}`)
  if (own.procMount !== undefined && own.procMount !== 'Default') faults.push('procMount is not allowed')
  if ((own.seccompProfile ?? pod.securityContext?.seccompProfile)?.type === 'Unconfined')
    faults.push('an unconfined seccomp profile is not allowed')
  if ((own.runAsUser ?? pod.securityContext?.runAsUser) === 0 && !place.settings.allowRoot)
    faults.push('user 0 needs allowRoot: true')
  if (ports.some(({ hostPort }) => hostPort)) faults.push('host ports are not allowed')
  return faults
}
