import type { V1Container, V1DeploymentSpec } from '@kubernetes/client-node'
import type { Deployment, Manifest, ManifestOf, PodTemplate } from '../client/kinds.ts'
import { buildAdopted, labelPods, overlayTemplate } from './adopted.ts'
import type { ManifestFacts } from './container.ts'
import { buildPodLabels, buildReleaseMetadata, buildStrategy } from './deployment.ts'
import { keys, objectLabels } from './labels.ts'
import { nameObjects, type Slot } from './names.ts'
import { type Chosen, narrowObject, narrowPod } from './narrow.ts'
import type { KubernetesPlace, KubernetesRelease } from './place.ts'
import { manifestLabels, type PodFacts } from './pod-facts.ts'
import { restrictPod } from './restrict.ts'

/** What the manifests in a source hold, read and found allowed. */
export interface BaseManifests {
  deployment: Pick<Deployment, 'metadata' | 'spec'>
  others: Manifest[]
  /** Deployments that the route does not lead to, CronJobs and claims, as they are written or, remembered, as they were built. */
  beside?: readonly Manifest[]
  /** What all of them say of their pods. */
  pods?: readonly PodFacts[]
  /** Of a revision that is remembered: by which its K8sDeployment knows what else it brought. */
  mark?: string | undefined
  /** An Ingress came with the manifests, and stands in place of the one that the spec's `ingress` would make. */
  hasIngress: boolean
  /** It is what the cluster remembers of the revision, and complete: a revision is the same whenever it runs. */
  isRemembered: boolean
  /** Of another revision, that this one is again: it is kept with this one as well. */
  isAgain?: boolean
}

/** The source's own K8sDeployment with the release's image and the fields that the spec names, in a slot. */
export function rebaseDeployment(
  { deployment: base, isRemembered, pods = [], mark }: BaseManifests,
  release: KubernetesRelease,
  slot: Slot,
  facts: ManifestFacts,
): ManifestOf<'Deployment'> {
  const fields = buildAdopted(release, base, facts)
  const overlaid = overlayTemplate(nameProtocols(base.spec.template), fields)
  const template = isRemembered ? overlaid : restrictTemplate(overlaid, { place: release, pods }, facts)
  const { labels, annotations, ...own } = buildReleaseMetadata(release, slot)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...base.metadata,
      ...own,
      labels: { ...base.metadata.labels, ...labels },
      annotations: { ...base.metadata.annotations, ...annotations, ...(mark ? { [keys.beside]: mark } : {}) },
    },
    spec: {
      ...dropSize(base.spec),
      ...(fields.spec.strategy ? { strategy: fields.spec.strategy } : {}),
      ...(isRecreated(release) ? { strategy: buildStrategy(release.settings.strategy) } : {}),
      selector: { matchLabels: { ...base.spec.selector.matchLabels, [keys.slot]: slot } },
      template: labelPods(template, {
        ...buildPodLabels(release, slot),
        ...(pods.length > 1 ? manifestLabels(release) : {}),
      }),
    },
  }
}

function isRecreated({ settings }: KubernetesRelease): boolean {
  return settings.strategy.type === 'recreate'
}

function restrictTemplate(
  template: PodTemplate,
  { place, pods }: Chosen & { place: KubernetesRelease },
  facts: ManifestFacts,
): PodTemplate {
  return { ...template, spec: narrowPod(restrictPod(template.spec, place, facts), { place, pods }) }
}

function dropSize({ replicas: _, ...spec }: V1DeploymentSpec) {
  return spec
}

/** The other objects, marked as the place's; its Service gets its selector from the route, all else chooses the place's pods alone. */
export function rebaseOthers({ others, pods = [] }: BaseManifests, release: KubernetesRelease): Manifest[] {
  return others.map((object) => ({
    ...(isOwnService(object, release) ? dropSelector(object) : narrowObject(object, { place: release, pods })),
    metadata: {
      ...object.metadata,
      namespace: release.settings.namespace,
      labels: { ...object.metadata.labels, ...objectLabels(release) },
      annotations: { ...object.metadata.annotations, [keys.origin]: 'manifests' },
    },
  }))
}

function isOwnService(object: Manifest, place: KubernetesPlace): object is ManifestOf<'Service'> {
  return object.kind === 'Service' && object.metadata.name === nameObjects(place).service
}

function dropSelector(service: ManifestOf<'Service'>): ManifestOf<'Service'> {
  const { selector: _, ...kept } = service.spec ?? {}
  return { ...service, spec: kept.ports ? { ...kept, ports: kept.ports.map(nameProtocol) } : kept }
}

/** Servers before 1.21 refuse to apply ports that leave the protocol to its default, since it is part of their key. */
export function nameProtocols(template: PodTemplate): PodTemplate {
  const name = (container: V1Container) =>
    container.ports ? { ...container, ports: container.ports.map(nameProtocol) } : container
  const { containers, initContainers } = template.spec
  const changed = {
    containers: containers.map(name),
    ...(initContainers ? { initContainers: initContainers.map(name) } : {}),
  }
  return { ...template, spec: { ...template.spec, ...changed } }
}

function nameProtocol<P extends { protocol?: string }>(port: P): P {
  return { ...port, protocol: port.protocol ?? 'TCP' }
}
