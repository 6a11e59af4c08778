import { FailureError } from '@stevedore/contract'
import type { DeploymentFields } from '../spec/adopted.ts'
import { keys } from '../spec/labels.ts'
import { stampApplied } from '../spec/stamp.ts'
import type { PlaceState } from '../state/place-state.ts'
import { isServing } from '../state/traffic.ts'
import { isRolledOut, sizeOf, type Workload } from '../state/workload.ts'
import { type Action, readState } from './action.ts'
import { awaitWorkload } from './await-workload.ts'
import { removeNext } from './remove-next.ts'
import { selectSlots } from './route.ts'
import { resize } from './write-objects.ts'

/**
 * Makes `main` what `next` is, while `next` serves, and ends `next`: every deploy ends with one K8sDeployment of the name that users
 * know, and its history is the app's. `next` itself carries what `main` becomes, so any worker can go on with it.
 */
export async function promote(action: Action): Promise<void> {
  const state = await readState(action)
  const { main, next } = state
  if (!next) return
  const isCurrent = main?.revision === next.revision
  if (!isCurrent) await replaceMain(action, state, next)
  const size = Math.max(sizeOf(next), isCurrent ? sizeOf(main) : 0)
  await resize(action, 'main', size)
  const isDone = (found: Workload) => found.revision === next.revision && isRolledOut(found, size)
  await selectSlots(action, ['main'], await awaitWorkload(action, 'main', isDone))
  await removeNext(action, await readState(action))
}

/** The old pods go first, so that the place never holds more than twice its size: quotas are measured for that. */
async function replaceMain(action: Action, state: PlaceState, next: Workload): Promise<void> {
  const { place, writer } = action
  const promotion = readPromotion(next)
  if (isServing(state, 'main')) await selectSlots(action, ['next'], state)
  if (state.main) await resize(action, 'main', 0)
  await writer.apply(stampApplied(promotion), !state.adopted || place.settings.force)
}

function readPromotion({ deployment: { metadata } }: Workload): DeploymentFields {
  const text = metadata.annotations?.[keys.promotion]
  if (text === undefined)
    throw new FailureError('needs-attention', {
      diagnosis: `${metadata.name} lost its annotation ${keys.promotion}; deploy again`,
    })
  return JSON.parse(text)
}
