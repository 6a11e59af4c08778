import type { V1Deployment } from '@kubernetes/client-node'
import { FailureError } from '@stevedore/contract'
import { keys } from '../spec/names.ts'
import { stampApplied } from '../spec/release-manifests.ts'
import { isRolledOut, type Picture, sizeOf, takePicture } from '../state/place-state.ts'
import { isServing } from '../state/traffic.ts'
import type { Work } from './action.ts'
import { awaitSlot } from './await-workload.ts'
import { removeNext } from './remove-next.ts'
import { selectSlots } from './select.ts'
import { resize } from './write-objects.ts'

/**
 * Makes `main` what `next` is, while `next` serves, and ends `next`: every deploy ends with one K8sDeployment of the name that users
 * know, and its history is the app's. `next` itself carries what `main` becomes, so any worker can go on with it.
 */
export async function promote(work: Work): Promise<void> {
  const { place, writer } = work
  const picture = await takePicture(writer, place)
  const { main, next } = picture
  if (!next) return
  const promotion = readPromotion(picture)
  const current = main?.revision === next.revision
  if (isServing(picture, 'main') && !current) await selectSlots(work, ['next'], picture)
  // The old pods go first, so that the place never holds more than twice its size: quotas are measured for that.
  if (main && !current) await resize(work, 'main', 0)
  if (!current) await writer.apply(stampApplied(promotion), !picture.adopted || place.settings.force)
  const size = Math.max(sizeOf(next), current ? sizeOf(main) : 0)
  await resize(work, 'main', size)
  const ready = await awaitSlot(work, 'main', (slot) => slot.revision === next.revision && isRolledOut(slot, size))
  await selectSlots(work, ['main'], ready)
  await removeNext(work, await takePicture(writer, place))
}

function readPromotion({ next }: Picture): V1Deployment {
  const text = next?.deployment.metadata?.annotations?.[keys.promotion]
  if (text === undefined)
    throw new FailureError('needs-attention', {
      diagnosis: `${next?.deployment.metadata?.name} lost its annotation ${keys.promotion}; deploy again`,
    })
  return JSON.parse(text)
}
