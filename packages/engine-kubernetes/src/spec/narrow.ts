import type { V1Affinity, V1LabelSelector, V1PodAffinityTerm, V1PodSpec } from '@kubernetes/client-node'
import type { Manifest, ManifestOf } from '../client/kinds.ts'
import { placeLabels } from './labels.ts'
import type { PlaceName } from './place.ts'

/** What chooses pods by their labels chooses none of another app, however alike those two name theirs. */
export function narrowObject(object: Manifest, place: PlaceName): Manifest {
  if (isOf(object, 'Service') && object.spec.selector)
    return { ...object, spec: { ...object.spec, selector: { ...object.spec.selector, ...placeLabels(place) } } }
  if (isOf(object, 'PodDisruptionBudget'))
    return { ...object, spec: { ...object.spec, selector: narrow(object.spec.selector, place) } }
  if (isOf(object, 'NetworkPolicy'))
    return { ...object, spec: { ...object.spec, podSelector: narrow(object.spec.podSelector, place) } }
  return object
}

function isOf<K extends Manifest['kind']>(object: Manifest, kind: K): object is ManifestOf<K> {
  return object.kind === kind
}

export function narrowPod(pod: V1PodSpec, place: PlaceName): V1PodSpec {
  const { affinity, topologySpreadConstraints: spread } = pod
  return {
    ...pod,
    ...(affinity ? { affinity: narrowAffinity(affinity, place) } : {}),
    ...(spread
      ? {
          topologySpreadConstraints: spread.map((one) => ({ ...one, labelSelector: narrow(one.labelSelector, place) })),
        }
      : {}),
  }
}

function narrowAffinity({ podAffinity, podAntiAffinity, ...others }: V1Affinity, place: PlaceName): V1Affinity {
  return {
    ...others,
    ...(podAffinity ? { podAffinity: narrowTerms(podAffinity, place) } : {}),
    ...(podAntiAffinity ? { podAntiAffinity: narrowTerms(podAntiAffinity, place) } : {}),
  }
}

type Terms = NonNullable<V1Affinity['podAffinity']>

function narrowTerms(terms: Terms, place: PlaceName): Terms {
  const required = terms.requiredDuringSchedulingIgnoredDuringExecution
  const preferred = terms.preferredDuringSchedulingIgnoredDuringExecution
  const narrowTerm = (term: V1PodAffinityTerm) => ({ ...term, labelSelector: narrow(term.labelSelector, place) })
  return {
    ...(required ? { requiredDuringSchedulingIgnoredDuringExecution: required.map(narrowTerm) } : {}),
    ...(preferred
      ? {
          preferredDuringSchedulingIgnoredDuringExecution: preferred.map((one) => ({
            ...one,
            podAffinityTerm: narrowTerm(one.podAffinityTerm),
          })),
        }
      : {}),
  }
}

function narrow(selector: V1LabelSelector | undefined, place: PlaceName): V1LabelSelector {
  return { ...selector, matchLabels: { ...selector?.matchLabels, ...placeLabels(place) } }
}
