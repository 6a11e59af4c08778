import { FailureError } from '@stevedore/contract'
import { describeTraffic } from '../failure/explain.ts'
import { nameObjects } from '../spec/names.ts'
import { listSlots, type Picture, takePicture } from '../state/place-state.ts'
import { isServing, listServed, selectedSlots } from '../state/traffic.ts'
import { type Work, watchPlace } from './action.ts'
import { selectSlots } from './select.ts'
import { listSecrets } from './write-objects.ts'

/** Ends `next`: its pods leave the route first, then it goes with its Secret objects. */
export async function removeNext(work: Work, picture: Picture): Promise<void> {
  const { place, writer } = work
  if (!picture.next) return
  if (isServing(picture, 'next')) await leaveNext(work, picture)
  await writer.remove('Deployment', nameObjects(place).next)
  await awaitLeft(work, (now) => now.next === undefined)
  for (const name of orphanedSecrets(picture)) await writer.remove('Secret', name)
  const after = await takePicture(writer, place)
  if (after.adopted && after.service) await selectSlots(work, ['main'], after)
}

async function leaveNext(work: Work, picture: Picture): Promise<void> {
  if (!picture.main || selectedSlots(picture).length < 2)
    throw new FailureError('needs-attention', { diagnosis: `nothing else serves\n${describeTraffic(picture)}` })
  await selectSlots(work, ['main'], picture)
}

/** Those of `next` that no revision in the history of `main` needs. */
function orphanedSecrets({ main, next }: Picture): string[] {
  const needed = [...(main ? [main.deployment, ...main.replicaSets] : [])].flatMap(listSecrets)
  return next ? listSecrets(next.deployment).filter((name) => !needed.includes(name)) : []
}

/** The pods are leaving once they are told to and out of the route; how long each then drains is its own grace period. */
export async function awaitLeft(work: Work, isGone: (picture: Picture) => boolean): Promise<void> {
  for await (const picture of watchPlace(work)) {
    const alive = listSlots(picture).flatMap(({ pods }) => pods.map(({ metadata }) => metadata?.name))
    if (isGone(picture) && listServed(picture).every((name) => alive.includes(name))) return
  }
}
