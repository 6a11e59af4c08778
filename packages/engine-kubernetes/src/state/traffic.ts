import { toPercent } from '@stevedore/engine'
import type { Pod } from '../client/kinds.ts'
import { keys } from '../spec/labels.ts'
import type { Slot } from '../spec/names.ts'
import { listWorkloads, type PlaceState } from './place-state.ts'
import { countReady, freshReplicaSet, revisionOf, type Workload } from './workload.ts'

/** Names of the pods that the Service sends requests to. */
export function listServed({ endpoints }: PlaceState): string[] {
  const addresses = (endpoints?.subsets ?? []).flatMap((subset) => subset.addresses ?? [])
  return [...new Set(addresses.flatMap(({ targetRef }) => (targetRef?.name ? [targetRef.name] : [])))]
}

/** Percent of new requests by revision: a Service spreads evenly over its endpoints. Sums to 100 or is empty. */
export function countTraffic(state: PlaceState): Record<number, number> {
  const served = listServed(state)
  const counts: Record<number, number> = {}
  for (const workload of listWorkloads(state))
    for (const pod of workload.pods) {
      const revision = revisionOf(pod, workload)
      if (served.includes(pod.metadata.name)) counts[revision] = (counts[revision] ?? 0) + 1
    }
  return toPercent(counts)
}

/** The slots whose pods the Service selects. */
export function selectedSlots(state: PlaceState): Slot[] {
  const selector = Object.entries(state.service?.spec.selector ?? {})
  if (selector.length === 0) return []
  return listWorkloads(state)
    .filter((workload) => selector.every(([key, value]) => labelOf(workload, key) === value))
    .map(({ slot }) => slot)
}

function labelOf(workload: Workload, key: string): string | undefined {
  if (key === keys.templateHash) return freshReplicaSet(workload)?.metadata.labels?.[key]
  return workload.deployment.spec.template.metadata?.labels?.[key]
}

/** Carries the traffic, or would: without a Service of its own a place is served by `main`, if by anything. */
export function isServing(state: PlaceState, slot: Slot): boolean {
  if (!state.service) return slot === 'main' && state.main !== undefined
  return selectedSlots(state).includes(slot)
}

/** `main` has been passed over: `next` alone carries the traffic. */
export function isOnlyNextServing(state: PlaceState): boolean {
  return isServing(state, 'next') && !isServing(state, 'main')
}

/** The K8sDeployments that hold a revision, best first: what serves it, then where more of it is ready. */
export function findWorkloads(state: PlaceState, revision: number): Workload[] {
  const serving = (workload: Workload) => Number(isServing(state, workload.slot))
  return listWorkloads(state)
    .filter((workload) => workload.revision === revision)
    .sort((a, b) => serving(b) - serving(a) || countReady(b) - countReady(a))
}

/** Ready pods are in the route and no others are. */
export function isServed(state: PlaceState, pods: readonly Pod[]): boolean {
  const served = listServed(state)
  return served.length === pods.length && pods.every(({ metadata }) => served.includes(metadata.name))
}
