import type { V1Pod } from '@kubernetes/client-node'
import { keys, type SlotName } from '../spec/names.ts'
import { freshReplicaSet, listSlots, type Picture, revisionOf, type Slot } from './place-state.ts'

/** Names of the pods that the Service sends requests to. */
export function listServed({ endpoints }: Picture): string[] {
  const addresses = (endpoints?.subsets ?? []).flatMap((subset) => subset.addresses ?? [])
  return [...new Set(addresses.flatMap(({ targetRef }) => (targetRef?.name ? [targetRef.name] : [])))]
}

/** Percent of new requests by revision: a Service spreads evenly over its endpoints. Sums to 100 or is empty. */
export function countTraffic(picture: Picture): Record<number, number> {
  const served = listServed(picture)
  const counts = new Map<number, number>()
  for (const slot of listSlots(picture))
    for (const pod of slot.pods)
      if (served.includes(pod.metadata?.name ?? '')) {
        const revision = revisionOf(pod, slot)
        counts.set(revision, (counts.get(revision) ?? 0) + 1)
      }
  return toPercent(counts)
}

/** Largest remainders first, so that the sum is exactly 100. */
export function toPercent(counts: ReadonlyMap<number, number>): Record<number, number> {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (total === 0) return {}
  const shares = [...counts].map(([revision, count]) => ({ revision, exact: (100 * count) / total }))
  let left = 100 - shares.reduce((sum, { exact }) => sum + Math.floor(exact), 0)
  shares.sort((a, b) => (b.exact % 1) - (a.exact % 1))
  return Object.fromEntries(shares.map(({ revision, exact }) => [revision, Math.floor(exact) + (left-- > 0 ? 1 : 0)]))
}

/** The slots whose pods the Service selects. */
export function selectedSlots(picture: Picture): SlotName[] {
  const selector = picture.service?.spec?.selector
  if (!selector || Object.keys(selector).length === 0) return []
  return listSlots(picture)
    .filter((slot) => Object.entries(selector).every(([key, value]) => labelOf(slot, key) === value))
    .map(({ name }) => name)
}

function labelOf(slot: Slot, key: string): string | undefined {
  if (key === keys.templateHash) return freshReplicaSet(slot)?.metadata?.labels?.[key]
  return slot.deployment.spec?.template.metadata?.labels?.[key]
}

/** Carries the traffic, or would: without a Service of its own a place is served by `main`, if by anything. */
export function isServing(picture: Picture, slot: SlotName): boolean {
  if (!picture.service) return slot === 'main' && picture.main !== undefined
  return selectedSlots(picture).includes(slot)
}

/** Ready pods are in the route and no others are. */
export function isServed(picture: Picture, pods: V1Pod[]): boolean {
  const served = listServed(picture)
  const wanted = pods.map(({ metadata }) => metadata?.name ?? '')
  return served.length === wanted.length && wanted.every((name) => served.includes(name))
}
