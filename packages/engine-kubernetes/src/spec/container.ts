import type {
  V1Capabilities,
  V1Container,
  V1EnvVar,
  V1HostAlias,
  V1PodSecurityContext,
  V1ResourceRequirements,
  V1SecurityContext,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node'
import {
  chooseAccount,
  chooseHealth,
  type KubernetesEnvironment,
  listVolumes,
  type Resources,
} from '@stevedore/contract'
import { buildClaimMounts } from './claims.ts'
import { buildFileMounts } from './files.ts'
import { buildLifecycle, buildProbes, choosePort, isAsked, type Probes } from './lifecycle.ts'
import { limitMemory } from './limit-memory.ts'
import { nameContainer } from './names.ts'
import { findMainName, type KubernetesRelease } from './place.ts'
import { buildContainerPorts } from './ports.ts'

/** What the cluster and the release's secrets add to the settings. */
export interface ManifestFacts {
  /** 20 for Kubernetes 1.20. */
  minor: number
  /** The Secret object with the release's secrets. */
  envSecret: string | undefined
  /** The limit of memory of containers that name none. */
  defaultMemory?: string | undefined
  /** Where companions are found by their names. */
  aliases?: V1HostAlias[]
}

export function buildContainer(
  release: KubernetesRelease,
  { minor, envSecret, defaultMemory }: ManifestFacts,
): V1Container {
  const { settings, image } = release
  return {
    name: nameContainer(release),
    image,
    // The digest fixes the content, so a node that has it need not ask the registry.
    imagePullPolicy: 'IfNotPresent',
    ...buildCommand(settings),
    ports: buildContainerPorts(settings),
    ...buildEnv(settings, envSecret),
    ...buildOwnProbes(settings),
    ...limitMemory(settings.resources && buildResources(settings.resources), defaultMemory),
    lifecycle: buildLifecycle(minor),
    securityContext: buildContainerSecurity(settings),
    ...buildVolumeMounts(settings, [...buildClaimMounts(release), ...buildFileMounts(release)]),
  }
}

function buildOwnProbes(settings: KubernetesEnvironment): Partial<Probes> {
  if (!isAsked(settings)) return {}
  return buildProbes(chooseHealth(settings), { host: findMainName(settings), port: choosePort(settings) })
}

export function buildCommand({ command, args }: KubernetesEnvironment): Pick<V1Container, 'command' | 'args'> {
  return { ...(command ? { command: [...command] } : {}), ...(args ? { args: [...args] } : {}) }
}

/** Plain values first, then those of the Secret object; each list by name, so that equal settings make equal templates. */
export function buildEnv({ env, secrets }: KubernetesEnvironment, envSecret: string | undefined): { env?: V1EnvVar[] } {
  const plain = Object.entries(env).map(([name, value]) => ({ name, value }))
  const hidden = envSecret
    ? secrets.map((key) => ({ name: key, valueFrom: { secretKeyRef: { name: envSecret, key } } }))
    : []
  const all = [...plain.sort(byName), ...hidden.sort(byName)]
  return all.length > 0 ? { env: all } : {}
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

function dropUndefined({ cpu, memory }: { cpu?: string | undefined; memory?: string | undefined }) {
  return { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) }
}

/** Memory-backed, so that a read-only root keeps meaning that nothing reaches a disk. */
export function buildVolumes(
  { writablePaths }: KubernetesEnvironment,
  claimed: V1Volume[] = [],
): { volumes?: V1Volume[] } {
  const volumes = writablePaths.map((_, index) => ({
    name: nameVolume(index),
    emptyDir: { medium: 'Memory', sizeLimit: '64Mi' },
  }))
  const all = [...volumes, ...claimed]
  return all.length > 0 ? { volumes: all } : {}
}

export function buildVolumeMounts(
  { writablePaths }: KubernetesEnvironment,
  claimed: V1VolumeMount[] = [],
): { volumeMounts?: V1VolumeMount[] } {
  const volumeMounts = writablePaths.map((mountPath, index) => ({ name: nameVolume(index), mountPath }))
  const all = [...volumeMounts, ...claimed]
  return all.length > 0 ? { volumeMounts: all } : {}
}

function nameVolume(index: number): string {
  return `writable-${index}`
}

/** The Pod Security Standard `restricted`; only user 0 (which needs `allowRoot`) leaves it. */
export function buildPodSecurity(settings: KubernetesEnvironment): V1PodSecurityContext {
  const { user, group } = chooseAccount(settings)
  return {
    runAsNonRoot: user !== 0,
    runAsUser: user,
    ...(group === undefined ? {} : { runAsGroup: group }),
    ...shareWithGroup(settings, group ?? user),
    seccompProfile: { type: 'RuntimeDefault' },
  }
}

/** The node gives a volume to this group, so that who is not root can write; not anew where its root has it already. */
function shareWithGroup(settings: KubernetesEnvironment, fsGroup: number): V1PodSecurityContext {
  if (listVolumes(settings).length === 0 || fsGroup === 0) return {}
  return { fsGroup, fsGroupChangePolicy: 'OnRootMismatch' }
}

export function buildContainerSecurity(settings: KubernetesEnvironment): V1SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: settings.readOnlyRoot,
    capabilities: buildCapabilities(settings),
  }
}

export function buildCapabilities({ capabilities: add }: KubernetesEnvironment): V1Capabilities {
  return { drop: ['ALL'], ...(add ? { add: [...add] } : {}) }
}

/** The node's own first process ends orphans then, and the app is no first process, whose signals would be lost. */
export function buildInit({ init }: KubernetesEnvironment): { shareProcessNamespace?: boolean } {
  return init === undefined ? {} : { shareProcessNamespace: init }
}
