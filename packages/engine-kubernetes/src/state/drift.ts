import type { V1Deployment } from '@kubernetes/client-node'
import type { Observation } from '@stevedore/engine'
import { findDifferences } from '../spec/difference.ts'
import { type KubernetesPlace, keys } from '../spec/names.ts'
import type { Picture, Slot } from './place-state.ts'
import { isServing } from './traffic.ts'

type Drift = Observation['drift']

/** Fields of the K8sDeployment that carries the traffic which are not as its revision set them. */
export function findDrift(place: KubernetesPlace, picture: Picture, autoscaled: boolean): Drift {
  const slot = isServing(picture, 'main') || !picture.next ? picture.main : picture.next
  if (!slot || slot.revision === 0) return []
  const wanted = readApplied(slot)
  const changed = findDifferences({ spec: wanted }, { spec: slot.deployment.spec })
  return [...changed.map(toDrift), ...findResize(place, picture, slot, autoscaled)]
}

/**
 * What the revision applied. `kubectl rollout undo` replaces the K8sDeployment's annotations by those of the ReplicaSet it returns
 * to, but not its labels: where the two disagree, the labelled revision's own ReplicaSet still knows.
 */
export function readApplied({ deployment, replicaSets, revision }: Slot): V1Deployment['spec'] | undefined {
  const holders = [deployment, ...replicaSets].map(({ metadata }) => metadata?.annotations ?? {})
  const applied = holders.find((annotations) => Number(annotations[keys.revision]) === revision)?.[keys.applied]
  return applied === undefined ? undefined : JSON.parse(applied)
}

/** A size is only held against the spec between deploys and where nothing scales by itself. */
function findResize({ settings }: KubernetesPlace, picture: Picture, slot: Slot, autoscaled: boolean): Drift {
  const found = slot.deployment.spec?.replicas
  if (autoscaled || picture.adopted || picture.next || found === settings.replicas) return []
  return [{ field: 'spec.replicas', wanted: String(settings.replicas), found: String(found) }]
}

function toDrift({ field, wanted, found }: { field: string; wanted: unknown; found: unknown }): Drift[number] {
  return { field, wanted: toText(wanted), found: toText(found) }
}

export function toText(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
