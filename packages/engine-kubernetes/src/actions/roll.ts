import { isRolledOut, type Picture, sizeOf, takePicture } from '../state/place-state.ts'
import { chosenSize, isAutoscaled } from '../state/size.ts'
import { selectedSlots } from '../state/traffic.ts'
import { draw, type ReleaseWork } from './action.ts'
import { awaitSlot } from './await-workload.ts'
import { awaitServed, createRouteClock, selectSlots } from './select.ts'
import { resize, writeAround, writeSlot } from './write-objects.ts'

/** Lets the cluster replace what runs in `main`, and watches until it is done and served. */
export async function roll(work: ReleaseWork): Promise<void> {
  const { place, writer, context } = work
  const picture = await takePicture(writer, place)
  const blueprint = await draw(writer, place, picture)
  await writeAround(work, blueprint, picture)
  const changed = await writeSlot(work, blueprint, 'main', picture)
  const size = await chooseSize(work, picture)
  if (size !== undefined) await resize(work, 'main', size)
  // On a first deploy nothing else is served, so readiness alone decides from when on.
  if (selectedSlots(picture).length === 0) await selectFirst(work)
  const quietMs = changed ? createRouteClock() : undefined
  const done = await awaitSlot(work, 'main', (slot) => slot.revision === place.revision && isRolledOut(slot), quietMs)
  if (done.service && !isOnlyMain(done)) await selectSlots(work, ['main'], done)
  else await awaitServed(work, quietMs)
  context.event('traffic.shifted', { weights: { [place.revision]: 100 } })
}

function isOnlyMain(picture: Picture): boolean {
  const selected = selectedSlots(picture)
  return selected.length === 1 && selected[0] === 'main'
}

async function selectFirst(work: ReleaseWork): Promise<void> {
  const { place, writer } = work
  const fresh = await takePicture(writer, place)
  if (!fresh.adopted && selectedSlots(fresh).length === 0) await selectSlots(work, ['main'], fresh, { wait: false })
}

/** The spec's number, or one that was chosen otherwise where nothing runs yet; undefined: what runs stays as many as it is. */
async function chooseSize({ place, writer }: ReleaseWork, picture: Picture): Promise<number | undefined> {
  const chosen = chosenSize(place, picture, await isAutoscaled(writer, place))
  if (chosen === undefined) return place.settings.replicas
  return sizeOf(picture.main) > 0 ? undefined : chosen
}
