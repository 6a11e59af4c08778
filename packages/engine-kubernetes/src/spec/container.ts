import type { V1Container, V1EnvVar, V1ResourceRequirements, V1Volume } from '@kubernetes/client-node'
import type { KubernetesEnvironment, Resources } from '@stevedore/contract'
import { buildLifecycle } from './lifecycle.ts'
import { type KubernetesRelease, nameContainer } from './names.ts'
import { buildProbes, portName } from './probes.ts'
import { buildContainerSecurity } from './security.ts'

/** What the cluster and the release's secrets add to the settings. */
export interface ManifestFacts {
  minor: number
  /** The Secret object with the release's secrets. */
  envSecret: string | undefined
}

export function buildContainer(release: KubernetesRelease, { minor, envSecret }: ManifestFacts): V1Container {
  const { settings, image } = release
  return {
    name: nameContainer(release),
    image,
    // The digest fixes the content, so a node that has it need not ask the registry.
    imagePullPolicy: 'IfNotPresent',
    ...(settings.command ? { command: [...settings.command] } : {}),
    ports: [{ name: portName, containerPort: settings.containerPort, protocol: 'TCP' }],
    ...nonEmpty('env', buildEnv(settings, envSecret)),
    ...buildProbes(settings.health),
    ...(settings.resources ? { resources: buildResources(settings.resources) } : {}),
    lifecycle: buildLifecycle(minor),
    securityContext: buildContainerSecurity(settings),
    ...nonEmpty(
      'volumeMounts',
      settings.writablePaths.map((mountPath, index) => ({ name: `writable-${index}`, mountPath })),
    ),
  }
}

/** Plain values first, then those of the Secret object; each list by name, so that equal settings make equal templates. */
export function buildEnv({ env, secrets }: KubernetesEnvironment, envSecret: string | undefined): V1EnvVar[] {
  const plain = Object.entries(env).map(([name, value]) => ({ name, value }))
  const hidden = envSecret
    ? secrets.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name: envSecret, key } } }))
    : []
  return [...plain.sort(byName), ...hidden.sort(byName)]
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}

export function buildResources({ requests, limits }: Resources): V1ResourceRequirements {
  return {
    ...(requests ? { requests: dropUndefined(requests) } : {}),
    ...(limits ? { limits: dropUndefined(limits) } : {}),
  }
}

function dropUndefined(quantities: { cpu?: string | undefined; memory?: string | undefined }): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).filter((entry): entry is [string, string] => !!entry[1]))
}

/** Memory-backed, so that a read-only root keeps meaning that nothing reaches a disk. */
export function buildVolumes({ writablePaths }: KubernetesEnvironment): V1Volume[] {
  return writablePaths.map((_, index) => ({
    name: `writable-${index}`,
    emptyDir: { medium: 'Memory', sizeLimit: '64Mi' },
  }))
}

export function nonEmpty<K extends string, T>(key: K, list: T[]): { [P in K]?: T[] } {
  return list.length > 0 ? ({ [key]: list } as { [P in K]: T[] }) : {}
}
