import type { SlotName } from '../spec/names.ts'
import { freshPods, isReady, listSlots, type Picture, type Slot } from '../state/place-state.ts'
import { isServing } from '../state/traffic.ts'

/** The slots that hold a revision, best first: what serves it, then where more of it is ready. */
export function slotsOf(picture: Picture, revision: number): Slot[] {
  const rank = (slot: Slot) => (isServing(picture, slot.name) ? 1_000_000 : 0) + countReady(slot)
  return listSlots(picture)
    .filter((slot) => slot.revision === revision)
    .sort((a, b) => rank(b) - rank(a))
}

/**
 * Where a release goes: to the slot that has it already (a warm colour is switched back to, not made again), else to one that
 * nobody is served by. Both serve only in the middle of a canary, whose stable revision is always in `main`.
 */
export function chooseSlot(picture: Picture, revision: number): SlotName {
  const [own] = slotsOf(picture, revision)
  if (own) return own.name
  return isServing(picture, 'main') ? 'next' : 'main'
}

export function countReady(slot: Slot): number {
  return freshPods(slot).filter(isReady).length
}
