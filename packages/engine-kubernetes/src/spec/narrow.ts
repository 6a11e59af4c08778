import type { V1Affinity, V1LabelSelector, V1PodAffinityTerm, V1PodSpec } from '@kubernetes/client-node'
import type { Manifest, ManifestOf } from '../client/kinds.ts'
import { placeLabels } from './labels.ts'
import type { PlaceName } from './place.ts'
import { manifestLabels, meets, type PodFacts } from './pod-facts.ts'

/** Whose pods are chosen among: those of a place, and what its manifests say of them. */
export interface Chosen {
  place: PlaceName
  pods: readonly PodFacts[]
}

/** What chooses pods by their labels chooses none of another app, however alike those two name theirs. */
export function narrowObject(object: Manifest, chosen: Chosen): Manifest {
  if (isOf(object, 'Service') && object.spec.selector)
    return {
      ...object,
      spec: {
        ...object.spec,
        selector: { ...object.spec.selector, ...narrowTo({ matchLabels: object.spec.selector }, chosen) },
      },
    }
  if (isOf(object, 'PodDisruptionBudget'))
    return { ...object, spec: { ...object.spec, selector: narrow(object.spec.selector, chosen) } }
  if (isOf(object, 'NetworkPolicy'))
    return { ...object, spec: { ...object.spec, podSelector: narrow(object.spec.podSelector, chosen) } }
  return object
}

function isOf<K extends Manifest['kind']>(object: Manifest, kind: K): object is ManifestOf<K> {
  return object.kind === kind
}

export function narrowPod(pod: V1PodSpec, chosen: Chosen): V1PodSpec {
  const { affinity, topologySpreadConstraints: spread } = pod
  return {
    ...pod,
    ...(affinity ? { affinity: narrowAffinity(affinity, chosen) } : {}),
    ...(spread
      ? {
          topologySpreadConstraints: spread.map((one) => ({
            ...one,
            labelSelector: narrow(one.labelSelector, chosen),
          })),
        }
      : {}),
  }
}

function narrowAffinity({ podAffinity, podAntiAffinity, ...others }: V1Affinity, chosen: Chosen): V1Affinity {
  return {
    ...others,
    ...(podAffinity ? { podAffinity: narrowTerms(podAffinity, chosen) } : {}),
    ...(podAntiAffinity ? { podAntiAffinity: narrowTerms(podAntiAffinity, chosen) } : {}),
  }
}

type Terms = NonNullable<V1Affinity['podAffinity']>

function narrowTerms(terms: Terms, chosen: Chosen): Terms {
  const required = terms.requiredDuringSchedulingIgnoredDuringExecution
  const preferred = terms.preferredDuringSchedulingIgnoredDuringExecution
  const narrowTerm = (term: V1PodAffinityTerm) => ({ ...term, labelSelector: narrow(term.labelSelector, chosen) })
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

function narrow(selector: V1LabelSelector = {}, chosen: Chosen): V1LabelSelector {
  return { ...selector, matchLabels: { ...selector.matchLabels, ...narrowTo(selector, chosen) } }
}

/** The pods that serve have the labels of the place, which no others have: what meets others by labels that were given them is not meant for them. */
function narrowTo(selector: V1LabelSelector, { place, pods }: Chosen): Record<string, string> {
  const isOfServing = pods.some(({ serves, labels }) => serves && meets(selector, labels))
  const others = pods.filter(({ serves }) => !serves)
  const isOfOthers = others.some(({ labels, said }) => meets(selector, isOfServing ? said : labels))
  return isOfOthers ? manifestLabels(place) : placeLabels(place)
}
