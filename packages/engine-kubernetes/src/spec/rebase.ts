import type { KubernetesObject, V1Container, V1Deployment, V1PodTemplateSpec, V1Service } from '@kubernetes/client-node'
import { buildAdopted, overlayTemplate } from './adopted.ts'
import type { ManifestFacts } from './container.ts'
import { buildPodLabels } from './deployment.ts'
import {
  type KubernetesPlace,
  type KubernetesRelease,
  keys,
  nameObjects,
  nameSlot,
  objectLabels,
  type SlotName,
} from './names.ts'

/** What the manifests in a source hold, read and found allowed. */
export interface BaseManifests {
  deployment: V1Deployment
  others: KubernetesObject[]
}

/** The source's own K8sDeployment with the release's image and the fields that the spec names, in a slot. */
export function rebaseDeployment(
  base: V1Deployment,
  release: KubernetesRelease,
  slot: SlotName,
  facts: ManifestFacts,
): V1Deployment {
  const fields = buildAdopted(release, base, facts)
  const { replicas: _, ...spec } = base.spec!
  const template = overlayTemplate(nameProtocols(base.spec!.template), fields.spec!.template)
  const own = buildPodLabels(release, slot)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...base.metadata,
      name: nameSlot(release, slot),
      namespace: release.settings.namespace,
      labels: {
        ...base.metadata?.labels,
        ...objectLabels(release),
        [keys.slot]: slot,
        [keys.revision]: String(release.revision),
      },
      annotations: { ...base.metadata?.annotations, [keys.changeCause]: release.changeCause },
    },
    spec: {
      ...spec,
      ...(fields.spec!.strategy ? { strategy: fields.spec!.strategy } : {}),
      selector: { matchLabels: { ...base.spec!.selector.matchLabels, [keys.slot]: slot } },
      template: { ...template, metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...own } } },
    },
  }
}

/** The other objects, marked as the place's; a Service gets its selector from the route. */
export function rebaseOthers({ others }: BaseManifests, release: KubernetesRelease): KubernetesObject[] {
  return others.map((object) => ({
    ...object,
    ...(isOwnService(object, release) ? { spec: dropSelector((object as V1Service).spec) } : {}),
    metadata: {
      ...object.metadata,
      namespace: release.settings.namespace,
      labels: { ...object.metadata?.labels, ...objectLabels(release) },
    },
  }))
}

export function isOwnService(object: KubernetesObject, place: KubernetesPlace): boolean {
  return object.kind === 'Service' && object.metadata?.name === nameObjects(place).service
}

function dropSelector(spec: V1Service['spec']) {
  const { selector: _, ...kept } = spec ?? {}
  return kept.ports ? { ...kept, ports: kept.ports.map(nameProtocol) } : kept
}

/** Servers before 1.21 refuse to apply ports that leave the protocol to its default, since it is part of their key. */
function nameProtocols(template: V1PodTemplateSpec): V1PodTemplateSpec {
  const name = (container: V1Container) =>
    container.ports ? { ...container, ports: container.ports.map(nameProtocol) } : container
  const { containers, initContainers } = template.spec!
  const changed = {
    containers: containers.map(name),
    ...(initContainers ? { initContainers: initContainers.map(name) } : {}),
  }
  return { ...template, spec: { ...template.spec, ...changed } }
}

function nameProtocol<P extends { protocol?: string }>(port: P): P {
  return { ...port, protocol: port.protocol ?? 'TCP' }
}
