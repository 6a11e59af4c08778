import { FailureError } from '@stevedore/contract'
import { keys, placeLabels } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import { argoStrategy } from '../spec/place.ts'
import type { PlaceState } from '../state/place-state.ts'
import { findWorkloads } from '../state/traffic.ts'
import { countReady, freshReplicaSet, isRolledOut, listSecrets, sizeOf, type Workload } from '../state/workload.ts'
import { type ReleaseAction, readState } from './action.ts'
import { finalizeByArgo } from './argo.ts'
import { keepHistory } from './history.ts'
import { promote } from './promote.ts'
import { removeNext } from './remove-next.ts'
import { selectSlots } from './route.ts'
import { removeOwn } from './write-objects.ts'

/** Leaves the release as the only one in `main`, or beside a warm colour that is kept. */
export async function finalize(action: ReleaseAction, keep: readonly number[]): Promise<void> {
  if (argoStrategy(action.place)) return finalizeByArgo(action)
  const { revision } = action.place
  const state = await readState(action)
  const best = requireHealthy(state, revision)
  const other = best.slot === 'main' ? state.next : state.main
  if (other && other.revision !== revision && keep.includes(other.revision)) return
  if (isCompleteIn(state, revision)) await endNext(action, state)
  else await promote(action)
  await tidy(action)
}

function requireHealthy(state: PlaceState, revision: number): Workload {
  const [best] = findWorkloads(state, revision)
  if (best && countReady(best) > 0) return best
  throw new FailureError('needs-attention', { diagnosis: `revision ${revision} has no healthy replica to end with` })
}

/** `main` has the release in full, or there is nothing that it could be completed from. */
function isCompleteIn({ main, next }: PlaceState, revision: number): boolean {
  if (main?.revision !== revision) return false
  return next?.revision !== revision || (isRolledOut(main) && sizeOf(main) >= sizeOf(next))
}

async function endNext(action: ReleaseAction, state: PlaceState): Promise<void> {
  if (!state.next) return
  await selectSlots(action, ['main'], state)
  await removeNext(action, await readState(action))
}

async function tidy(action: ReleaseAction): Promise<void> {
  const { main, argo } = await readState(action)
  if (!main) return
  if (argo) await removeOwn(action, 'Rollout', nameObjects(action.place).main)
  await keepHistory(action, main)
  await ownSecrets(action, main)
  await removeOldJobs(action)
}

/** A revision's Secret objects last as long as its ReplicaSet is kept for a rollback. */
async function ownSecrets({ place, writer }: ReleaseAction, main: Workload): Promise<void> {
  const set = freshReplicaSet(main)
  if (!set || place.settings.secrets.length === 0) return
  const { name, uid = '' } = set.metadata
  for (const secret of listSecrets(main.deployment).filter((one) => one.includes('-env-')))
    await writer.own('Secret', secret, { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid })
}

async function removeOldJobs({ place, writer }: ReleaseAction): Promise<void> {
  for (const { metadata } of await writer.list('Job', { labels: placeLabels(place) })) {
    const { [keys.role]: role, [keys.revision]: revision } = metadata.labels ?? {}
    if (role && revision !== String(place.revision)) await writer.remove('Job', metadata.name)
  }
}
