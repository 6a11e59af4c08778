import { openWriter } from '../client/namespace.ts'
import type { KubernetesRelease, SlotName } from '../spec/names.ts'
import { isRolledOut, sizeOf, takePicture } from '../state/place-state.ts'
import { isServing } from '../state/traffic.ts'
import { draw, type ReleaseWork, type Work, watchPlace } from './action.ts'
import { awaitSlot } from './await-workload.ts'
import { chooseSlot } from './choose-slot.ts'
import { requireService, selectSlots } from './select.ts'
import { resize, writeAround, writeSlot } from './write-objects.ts'

/** Brings a release up in a slot that nobody is served by, at `count` replicas or what is there already. */
export async function scaleUp(work: ReleaseWork, count: number): Promise<void> {
  const picture = await takePicture(work.writer, work.place)
  requireService(work.place, picture)
  const blueprint = await draw(work.writer, work.place, picture)
  const slot = chooseSlot(picture, work.place.revision)
  const before = picture[slot]?.revision === work.place.revision ? sizeOf(picture[slot]) : 0
  const wanted = Math.max(before, count)
  await writeAround(work, blueprint, picture)
  // Pods beside adopted ones carry their labels: without this they would be served as soon as they are ready.
  if (picture.adopted && slot === 'next' && !picture.next)
    await selectSlots(work, ['main'], picture, { besideNext: true })
  try {
    await writeSlot(work, blueprint, slot, picture)
    await resize(work, slot, wanted)
    await awaitSlot(work, slot, (found) => found.revision === work.place.revision && isRolledOut(found, wanted))
  } catch (error) {
    if (work.context.signal.aborted) await undo(work, slot, before)
    throw error
  }
}

/** How long the clearing up after an abort may take. */
const undoMs = 15_000

/** After an abort the extra replicas go again, unless another worker owns the job by now or they are served. */
async function undo(work: ReleaseWork, slot: SlotName, count: number): Promise<void> {
  const { cluster, namespace } = work.writer
  const writer = openWriter(cluster, namespace, work.context, AbortSignal.timeout(undoMs))
  const undoing: Work<KubernetesRelease> = { ...work, writer }
  try {
    if (isServing(await takePicture(writer, work.place), slot)) return
    await resize(undoing, slot, count)
    for await (const picture of watchPlace(undoing)) if ((picture[slot]?.pods.length ?? 0) <= count) return
  } catch (error) {
    work.context.log(`could not clear up after the abort: ${(error as Error).message}`)
  }
}
