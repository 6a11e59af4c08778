import { FailureError } from '@stevedore/contract'
import { describeTraffic } from '../failure/explain.ts'
import { type KubernetesRelease, keys, nameObjects, placeLabels } from '../spec/names.ts'
import { freshReplicaSet, isRolledOut, type Picture, type Slot, sizeOf, takePicture } from '../state/place-state.ts'
import type { ReleaseWork, Work } from './action.ts'
import { countReady, slotsOf } from './choose-slot.ts'
import { keepHistory } from './history.ts'
import { promote } from './promote.ts'
import { removeNext } from './remove-next.ts'
import { selectSlots } from './select.ts'
import { listSecrets, removeOwn } from './write-objects.ts'

/** Leaves the release as the only one in `main`, or beside a warm colour that is kept. */
export async function settle(work: ReleaseWork, keep: number[]): Promise<void> {
  const { place, writer, context } = work
  const picture = await takePicture(writer, place)
  const [best] = slotsOf(picture, place.revision)
  if (!best || countReady(best) === 0)
    throw new FailureError('needs-attention', {
      diagnosis: `revision ${place.revision} has no healthy replica to settle on\n${describeTraffic(picture)}`,
    })
  const { main, next } = picture
  const other = best.name === 'main' ? next : main
  if (other && other.revision !== place.revision && keep.includes(other.revision)) return
  if (isSettledIn(picture, place.revision)) {
    if (next) {
      await selectSlots(work, ['main'], picture)
      await removeNext(work, await takePicture(writer, place))
    }
  } else await promote(work)
  await tidy(work)
  context.event('rollout.observed', { revision: place.revision })
}

/** `main` has the release in full, or there is nothing that it could be completed from. */
function isSettledIn({ main, next }: Picture, revision: number): boolean {
  if (main?.revision !== revision) return false
  return next?.revision !== revision || (isRolledOut(main) && sizeOf(main) >= sizeOf(next))
}

async function tidy(work: Work<KubernetesRelease>): Promise<void> {
  const { place, writer } = work
  const { main, argo } = await takePicture(writer, place)
  if (!main) return
  if (argo) await removeOwn(work, 'Rollout', nameObjects(place).main)
  await keepHistory(work, main)
  await ownSecrets(work, main)
  const jobs = await writer.list('Job', { labels: placeLabels(place) })
  for (const { metadata } of jobs)
    if (metadata?.labels?.[keys.role] && metadata.labels[keys.revision] !== String(place.revision))
      await writer.remove('Job', metadata.name ?? '')
}

/** A revision's Secret objects last as long as its ReplicaSet is kept for a rollback. */
async function ownSecrets({ place, writer }: Work<KubernetesRelease>, main: Slot): Promise<void> {
  const set = freshReplicaSet(main)
  if (!set || place.settings.secrets.length === 0) return
  const { name = '', uid = '' } = set.metadata ?? {}
  for (const secret of listSecrets(main.deployment).filter((one) => one.includes('-env-')))
    await writer.own('Secret', secret, { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid })
}
