import { FailureError } from '@stevedore/contract'
import { describeTraffic } from '../failure/explain.ts'
import type { SlotName } from '../spec/names.ts'
import { type Picture, takePicture } from '../state/place-state.ts'
import type { Work } from './action.ts'
import { countReady, slotsOf } from './choose-slot.ts'
import { selectSlots } from './select.ts'

/** Steers the Service to the slots of these revisions; the ratio of their sizes makes the weights. */
export async function route(work: Work, weights: Record<number, number>): Promise<void> {
  const picture = await takePicture(work.writer, work.place)
  const slots = Object.entries(weights)
    .filter(([, percent]) => percent > 0)
    .map(([revision]) => findHealthy(picture, Number(revision)))
  await selectSlots(work, slots, picture)
  work.context.event('traffic.shifted', { weights })
}

function findHealthy(picture: Picture, revision: number): SlotName {
  const [slot] = slotsOf(picture, revision)
  if (slot && countReady(slot) > 0) return slot.name
  throw new FailureError('never-healthy', {
    diagnosis: `revision ${revision} has no healthy replica\n${describeTraffic(picture)}`,
  })
}
