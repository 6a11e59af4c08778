import { keys, placeLabels } from './labels.ts'
import type { Slot } from './names.ts'
import type { PlaceName } from './place.ts'

type Selector = Record<string, string>

/** What a Service selects the pods of these slots by, in what Stevedore made: pods are labelled with their slot. */
export function buildSelector(place: PlaceName, slots: readonly Slot[]): Selector {
  const [only, ...others] = slots
  return only === undefined || others.length > 0 ? placeLabels(place) : { ...placeLabels(place), [keys.slot]: only }
}

/**
 * The same where `main` was adopted. Adopted pods have no slot, and are left so: while another slot stands beside them the Service
 * names their ReplicaSet instead, and after that it is as it was found.
 * @param found the Service's selector
 * @param mainHash tells the pods of `main` from those of a slot beside it; undefined where there is none
 */
export function buildAdoptedSelector(found: Selector, slots: readonly Slot[], mainHash: string | undefined): Selector {
  const { [keys.slot]: _, [keys.templateHash]: __, ...own } = found
  if (slots.length > 1) return own
  if (slots[0] === 'next') return { ...own, [keys.slot]: 'next' }
  return mainHash === undefined ? own : { ...own, [keys.templateHash]: mainHash }
}
