import type { Observation } from '@stevedore/engine'
import type { Deployment } from '../client/kinds.ts'
import { findDifferences } from '../spec/difference.ts'
import { showValue } from '../spec/fields.ts'
import { keys } from '../spec/labels.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import type { PlaceState } from './place-state.ts'
import { isServing } from './traffic.ts'
import type { Workload } from './workload.ts'

type Drift = Observation['drift']

/** Fields of the K8sDeployment that carries the traffic which are not as its revision set them. */
export function findDrift(place: KubernetesPlace, state: PlaceState, autoscaled: boolean): Drift {
  const workload = isServing(state, 'main') || !state.next ? state.main : state.next
  if (!workload || workload.revision === 0) return []
  const changed = findDifferences({ spec: readApplied(workload) }, { spec: workload.deployment.spec })
  const fields = changed.map(({ field, wanted, found }) => ({
    field,
    wanted: showValue(wanted),
    found: showValue(found),
  }))
  return [...fields, ...findResize(place, state, workload, autoscaled)]
}

/**
 * What the revision applied. `kubectl rollout undo` replaces the K8sDeployment's annotations by those of the ReplicaSet it returns
 * to, but not its labels: where the two disagree, the labelled revision's own ReplicaSet still knows.
 */
export function readApplied(workload: Workload): Deployment['spec'] | undefined {
  const applied = readNote(workload, keys.applied)
  return applied === undefined ? undefined : JSON.parse(applied)
}

/** What was noted of the revision, in the same places. */
export function readNote({ deployment, replicaSets, revision }: Workload, key: string): string | undefined {
  const holders = [deployment, ...replicaSets].map(({ metadata }) => metadata.annotations ?? {})
  return holders.find((annotations) => Number(annotations[keys.revision]) === revision)?.[key]
}

/** A size is only held against the spec between deploys and where nothing scales by itself. */
function findResize(
  { settings }: KubernetesPlace,
  state: PlaceState,
  { deployment }: Workload,
  autoscaled: boolean,
): Drift {
  const found = deployment.spec.replicas
  if (autoscaled || state.adopted || state.next || found === settings.replicas) return []
  return [{ field: 'spec.replicas', wanted: String(settings.replicas), found: String(found) }]
}
