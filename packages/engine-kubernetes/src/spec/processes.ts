import { openProcess } from '@stevedore/engine'
import type { ManifestOf, PodTemplate } from '../client/kinds.ts'
import type { ManifestFacts } from './container.ts'
import { buildDeployment, buildPodTemplate } from './deployment.ts'
import { keys, objectLabels, reachLabels } from './labels.ts'
import { processGraceSeconds } from './lifecycle.ts'
import { nameObjects } from './names.ts'
import { policyLabels } from './network-policy.ts'
import type { KubernetesPlace, KubernetesRelease, PlaceName } from './place.ts'
import { stampApplied } from './stamp.ts'

/** Each revision has its own: the former goes on with its work until the next one is known to come up. */
export function nameProcess(place: KubernetesPlace, process: string, revision: number): string {
  return `${nameObjects(place).main}-${process}-r${revision}`
}

/** On the pods of all of a place's processes. They have not the labels of the place, by which a Service and a disruption budget select. */
export function processLabels({ app, environment }: PlaceName): Record<string, string> {
  return { [keys.app]: app, [keys.processOf]: environment }
}

/** The K8sDeployment of one process of a release. Its size is written apart, as that of web. */
export function buildProcess(
  release: KubernetesRelease,
  process: string,
  facts: ManifestFacts,
): ManifestOf<'Deployment'> {
  const own = openProcess(release, process)
  const { metadata, spec, ...kind } = buildDeployment(own, 'main', facts)
  const labels = { ...processLabels(release), [keys.process]: process, [keys.revision]: String(release.revision) }
  return stampApplied({
    ...kind,
    metadata: {
      ...metadata,
      name: nameProcess(release, process, release.revision),
      labels: { ...objectLabels(release), [keys.process]: process, [keys.revision]: String(release.revision) },
    },
    spec: {
      ...spec,
      selector: { matchLabels: labels },
      // What comes after it is another K8sDeployment.
      revisionHistoryLimit: 0,
      template: buildTemplate(own, labels, facts),
    },
  })
}

function buildTemplate(own: KubernetesRelease, labels: Record<string, string>, facts: ManifestFacts): PodTemplate {
  const { spec } = buildPodTemplate(own, 'main', facts)
  const [spread] = spec.topologySpreadConstraints ?? []
  return {
    metadata: {
      labels: {
        [keys.managedBy]: 'stevedore',
        [keys.name]: own.app,
        [keys.version]: own.version,
        ...labels,
        ...policyLabels(own),
        ...reachLabels(own),
      },
    },
    spec: {
      ...spec,
      terminationGracePeriodSeconds: processGraceSeconds(own.settings),
      ...(spread ? { topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: labels } }] } : {}),
      // Nothing leads to it, so there is no route that it would have to leave first.
      containers: spec.containers.map(({ ports: _ports, lifecycle: _lifecycle, ...container }) => container),
    },
  }
}
