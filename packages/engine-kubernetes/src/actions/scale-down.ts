import type { SlotName } from '../spec/names.ts'
import { listSlots, type Slot, sizeOf, takePicture } from '../state/place-state.ts'
import { isAutoscaled } from '../state/size.ts'
import { isServing } from '../state/traffic.ts'
import type { Work } from './action.ts'
import { promote } from './promote.ts'
import { awaitLeft, removeNext } from './remove-next.ts'
import { findReturn, undo } from './undo.ts'
import { resize } from './write-objects.ts'

/** Takes all but `count` replicas of a revision away. */
export async function scaleDown(work: Work, revision: number, count: number): Promise<void> {
  const picture = await takePicture(work.writer, work.place)
  for (const slot of listSlots(picture).filter((one) => one.revision === revision)) {
    if (count > 0) await shrink(work, slot.name, count)
    else if (slot.name === 'next') await removeNext(work, picture)
    else if (picture.next && isServing(picture, 'next') && !isServing(picture, 'main')) await promote(work)
    else await empty(work, slot, picture.adopted)
    work.context.event('replica.stopped', { revision, left: count })
  }
}

async function empty(work: Work, main: Slot, adopted: boolean): Promise<void> {
  const target = findReturn(main, adopted)
  if (target) await undo(work, target)
  else await shrink(work, 'main', 0)
}

/** An autoscaler would only undo it, so where there is one the ratio stays as it is. */
async function shrink(work: Work, slot: SlotName, count: number): Promise<void> {
  const { place, writer } = work
  const picture = await takePicture(writer, place)
  if (sizeOf(picture[slot]) <= count || (count > 0 && (await isAutoscaled(writer, place)))) return
  await resize(work, slot, count)
  await awaitLeft(work, (now) => (now[slot]?.pods.length ?? 0) <= count)
}
