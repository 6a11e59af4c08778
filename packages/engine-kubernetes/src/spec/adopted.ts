import type { V1Container, V1DeploymentStrategy, V1PodSpec, V1SecurityContext } from '@kubernetes/client-node'
import { FailureError, type KubernetesEnvironment } from '@stevedore/contract'
import type { Deployment, Manifest, ManifestOf, PodTemplate } from '../client/kinds.ts'
import {
  buildCapabilities,
  buildCommand,
  buildContainerSecurity,
  buildEnv,
  buildInit,
  buildPodSecurity,
  buildResources,
  buildVolumeMounts,
  buildVolumes,
  type ManifestFacts,
} from './container.ts'
import { buildReleaseMetadata, buildStrategy, historyLimit, selectSlot } from './deployment.ts'
import { keys } from './labels.ts'
import { buildProbes, type Probes, wholeSeconds } from './lifecycle.ts'
import { nameObjects } from './names.ts'
import { overlayPod } from './overlay.ts'
import { findMainName, isNamed, type KubernetesRelease } from './place.ts'

/** The fields of a K8sDeployment that an apply sets, where others own the rest. */
export interface DeploymentFields extends Manifest {
  spec: { strategy?: V1DeploymentStrategy; template: { spec: V1PodSpec } }
}

/** Of a K8sDeployment made by others a release sets the image, and what its spec names. */
export function buildAdopted(
  release: KubernetesRelease,
  live: Pick<Deployment, 'spec'>,
  facts: ManifestFacts,
): DeploymentFields {
  const { settings } = release
  const rolling = isNamed(settings, 'strategy') && settings.strategy.type === 'rolling'
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: nameObjects(release).main,
      namespace: settings.namespace,
      labels: { [keys.revision]: String(release.revision) },
      annotations: { [keys.changeCause]: release.changeCause },
    },
    spec: {
      ...(rolling ? { strategy: buildStrategy(settings.strategy) } : {}),
      template: { spec: buildNamedPod(release, live, facts) },
    },
  }
}

function buildNamedPod(release: KubernetesRelease, live: Pick<Deployment, 'spec'>, facts: ManifestFacts): V1PodSpec {
  const { settings, credential } = release
  const name = chooseContainer(release, live.spec.template.spec.containers)
  return {
    ...buildNamedGrace(settings),
    ...buildInit(settings),
    ...(isNamed(settings, 'user') ? { securityContext: buildPodSecurity(settings) } : {}),
    ...(credential ? { imagePullSecrets: [{ name: nameObjects(release).pullSecret }] } : {}),
    containers: [{ name, ...buildNamedContainer(release, facts) }],
    ...buildVolumes(settings),
  }
}

/** The ports of an adopted container may have any name or none, so its probes go by number. */
function buildNamedContainer(
  { settings, image }: KubernetesRelease,
  { envSecret }: ManifestFacts,
): Omit<V1Container, 'name'> {
  return {
    image,
    ...buildCommand(settings),
    ...buildEnv(settings, envSecret),
    ...(settings.resources ? { resources: buildResources(settings.resources) } : {}),
    ...buildNamedProbes(settings),
    ...buildNamedSecurity(settings),
    ...buildVolumeMounts(settings),
  }
}

/** What is asked is the owner's to say where the spec does not: a second kind of handler beside theirs would be refused. */
function buildNamedProbes(settings: KubernetesEnvironment): Partial<Probes> {
  const { health, containerPort: port } = settings
  return health.path || health.command ? buildProbes(health, { host: findMainName(settings), port }) : {}
}

function buildNamedGrace(settings: KubernetesEnvironment): { terminationGracePeriodSeconds?: number } {
  const { stopTimeout, drain } = settings
  if (stopTimeout !== undefined) return { terminationGracePeriodSeconds: wholeSeconds(stopTimeout) }
  return isNamed(settings, 'drain') ? { terminationGracePeriodSeconds: wholeSeconds(drain) } : {}
}

function buildNamedSecurity(settings: KubernetesEnvironment): { securityContext?: V1SecurityContext } {
  if (isNamed(settings, 'readOnlyRoot')) return { securityContext: buildContainerSecurity(settings) }
  return settings.capabilities ? { securityContext: { capabilities: buildCapabilities(settings) } } : {}
}

/**
 * The container that runs the app: the one that the spec names, else the only one, the one of the app's name, or one of the same
 * repository.
 * @throws FailureError `policy-violation` when several could be meant
 */
export function chooseContainer({ app, settings, image }: KubernetesRelease, containers: V1Container[]): string {
  const named = settings.container
  const found =
    named === undefined
      ? (findOnly(containers) ??
        containers.find(({ name }) => name === app) ??
        containers.find((one) => repositoryOf(one.image) === repositoryOf(image)))
      : containers.find(({ name }) => name === named)
  if (found) return found.name
  const choice = containers.map(({ name }) => name).join(', ')
  throw new FailureError('policy-violation', {
    diagnosis: named ? `there is no container ${named}; there are: ${choice}` : `set container: to one of ${choice}`,
  })
}

function findOnly(containers: V1Container[]): V1Container | undefined {
  return containers.length === 1 ? containers[0] : undefined
}

/** An image's name without its tag and digest. */
export function repositoryOf(image = ''): string {
  return (image.split('@', 1)[0] ?? '').replace(/:[^/:]*$/, '')
}

/** A second K8sDeployment beside an adopted one: its pods are those of the first with the release's fields, and its labels too. */
export function buildBesideAdopted(
  release: KubernetesRelease,
  live: Pick<Deployment, 'spec'>,
  adopted: DeploymentFields,
): ManifestOf<'Deployment'> {
  const own = selectSlot(release, 'next')
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: buildReleaseMetadata(release, 'next'),
    spec: {
      selector: own,
      strategy: buildStrategy(release.settings.strategy),
      revisionHistoryLimit: historyLimit,
      template: labelPods(overlayTemplate(live.spec.template, adopted), {
        ...own.matchLabels,
        [keys.revision]: String(release.revision),
      }),
    },
  }
}

/** The pods of a K8sDeployment as they are after an apply of the fields. */
export function overlayTemplate(template: PodTemplate, { spec }: DeploymentFields): PodTemplate {
  return { ...template, spec: overlayPod(template.spec, spec.template.spec) }
}

/** Pods with more labels, less what only the server writes. */
export function labelPods(template: PodTemplate, labels: Record<string, string>): PodTemplate {
  const { creationTimestamp: _, ...kept } = template.metadata ?? {}
  return { ...template, metadata: { ...kept, labels: { ...kept.labels, ...labels } } }
}
