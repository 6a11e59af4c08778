import { isDeepStrictEqual } from 'node:util'
import { FailureError } from '@stevedore/contract'
import { type KubernetesPlace, keys, nameObjects, nameSlot, placeLabels, type SlotName } from '../spec/names.ts'
import { freshReplicaSet, isReady, listSlots, type Picture } from '../state/place-state.ts'
import { isServed, selectedSlots } from '../state/traffic.ts'
import { type Work, watchPlace } from './action.ts'

/**
 * How long after its last change a route may still be served the old way: kube-proxy rewrites a node's rules at most once a
 * second and tells nobody when it has.
 */
const propagationMs = 1_200

/** Points the Service at these slots in one patch, and waits until it serves exactly their ready pods. */
export async function selectSlots(
  work: Work,
  slots: SlotName[],
  picture: Picture,
  { besideNext = picture.next !== undefined, wait = true }: { besideNext?: boolean; wait?: boolean } = {},
): Promise<void> {
  const { place, writer } = work
  if (!picture.service) return
  const wanted = buildSelector(place, slots, picture, besideNext)
  const changed = !isDeepStrictEqual(picture.service.spec?.selector ?? {}, wanted)
  if (changed)
    await writer.change('Service', nameObjects(place).service, ({ spec }) => {
      const found = spec?.selector ?? {}
      const dropped = Object.keys(found).filter((key) => !(key in wanted))
      if (isDeepStrictEqual(found, wanted)) return undefined
      return { spec: { selector: { ...wanted, ...Object.fromEntries(dropped.map((key) => [key, null])) } } }
    })
  await aimAutoscaler(work, slots)
  if (wait) await awaitServed(work, changed ? createRouteClock() : undefined)
}

/**
 * In what Stevedore made, pods are labelled with their slot. Adopted pods are not, and are left so: while another slot stands
 * beside them the Service names their ReplicaSet instead, and after that it is as it was found.
 */
export function buildSelector(
  place: KubernetesPlace,
  slots: SlotName[],
  picture: Picture,
  besideNext: boolean,
): Record<string, string> {
  const [only, ...others] = slots
  if (!picture.adopted) {
    return others.length > 0 || only === undefined ? placeLabels(place) : { ...placeLabels(place), [keys.slot]: only }
  }
  const { [keys.slot]: _, [keys.templateHash]: __, ...found } = picture.service?.spec?.selector ?? {}
  if (others.length > 0) return found
  if (only === 'next') return { ...found, [keys.slot]: 'next' }
  const hash = besideNext && picture.main && freshReplicaSet(picture.main)?.metadata?.labels?.[keys.templateHash]
  return hash ? { ...found, [keys.templateHash]: hash } : found
}

/** An autoscaler of the spec's follows the traffic. */
async function aimAutoscaler({ place, writer }: Work, slots: SlotName[]): Promise<void> {
  if (!place.settings.autoscale) return
  const name = nameSlot(place, slots.length === 1 ? slots[0]! : 'main')
  await writer.change('HorizontalPodAutoscaler', nameObjects(place).main, ({ spec }) =>
    spec?.scaleTargetRef.name === name ? undefined : { spec: { scaleTargetRef: { name } } },
  )
}

/** Milliseconds since the route was last seen to change in the pictures that it is shown, or since it was made. */
export type RouteClock = (picture: Picture) => number

export function createRouteClock(now = () => performance.now()): RouteClock {
  let [version, since]: [string | undefined, number] = [undefined, now()]
  let first = true
  return ({ endpoints }) => {
    const seen = endpoints?.metadata?.resourceVersion
    if (!first && seen !== version) since = now()
    ;[version, first] = [seen, false]
    return now() - since
  }
}

/**
 * Waits until the route serves the ready pods of what the Service selects, and no others.
 * @param quietMs of a route that has changed just now: its last change must also have reached the nodes
 */
export async function awaitServed(work: Work, quietMs: RouteClock = () => propagationMs): Promise<void> {
  for await (const picture of watchPlace(work)) {
    if (!picture.service) return
    const quiet = quietMs(picture) >= propagationMs
    const selected = listSlots(picture).filter(({ name }) => selectedSlots(picture).includes(name))
    const ready = selected.flatMap(({ pods }) => pods.filter(isReady))
    if (quiet && ready.length > 0 && isServed(picture, ready)) return
  }
}

/** @throws FailureError `config-missing` where traffic cannot be steered for want of a Service */
export function requireService(place: KubernetesPlace, picture: Picture): void {
  if (picture.service || !picture.adopted) return
  throw new FailureError('config-missing', {
    diagnosis: `the strategy ${place.settings.strategy.type} needs the Service ${nameObjects(place).service}, which does not exist`,
  })
}
