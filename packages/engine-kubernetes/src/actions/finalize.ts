import { FailureError } from '@stevedore/contract'
import { keys, objectLabels, placeLabels } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import { namePolicy } from '../spec/network-policy.ts'
import { argoStrategy, isNamed } from '../spec/place.ts'
import type { PlaceState } from '../state/place-state.ts'
import { hasPolicies } from '../state/rights.ts'
import { findWorkloads } from '../state/traffic.ts'
import { listUnnamed } from '../state/unnamed.ts'
import { countReady, freshReplicaSet, isRolledOut, listSecrets, sizeOf, type Workload } from '../state/workload.ts'
import { type ReleaseAction, readState } from './action.ts'
import { finalizeByArgo } from './argo.ts'
import { keepHistory } from './history.ts'
import { promote } from './promote.ts'
import { removeNext } from './remove-next.ts'
import { selectSlots } from './route.ts'
import { removeOwn, resize } from './write-objects.ts'

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
  const state = await readState(action)
  const { main, argo } = state
  if (!main) return
  if (argo) await removeOwn(action, 'Rollout', nameObjects(action.place).main)
  await keepHistory(action, main)
  await ownByRevision(action, main)
  await removeOldJobs(action)
  await removeUnnamed(action, state)
  if (hasPolicies(action.place)) await removeStrayPolicies(action)
}

/** A revision's Secret objects and its NetworkPolicy last as long as its ReplicaSet is kept for a rollback. */
async function ownByRevision({ place, writer }: ReleaseAction, main: Workload): Promise<void> {
  const set = freshReplicaSet(main)
  if (!set) return
  const { name, uid = '' } = set.metadata
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid }
  const secrets = place.settings.secrets.length === 0 ? [] : listSecrets(main.deployment)
  for (const secret of secrets.filter((one) => one.includes('-env-'))) await writer.own('Secret', secret, owner)
  if (place.settings.networkPolicy) await writer.own('NetworkPolicy', namePolicy(place, place.revision), owner)
}

async function removeOldJobs({ place, writer }: ReleaseAction): Promise<void> {
  for (const { metadata } of await writer.list('Job', { labels: placeLabels(place) })) {
    const { [keys.role]: role, [keys.revision]: revision } = metadata.labels ?? {}
    if (role && revision !== String(place.revision)) await writer.remove('Job', metadata.name)
  }
}

/** Only once the release stands alone: what it replaces may have needed it. */
async function removeUnnamed(action: ReleaseAction, { adopted }: PlaceState): Promise<void> {
  const { place, writer, context } = action
  const isSized = !adopted || isNamed(place.settings, 'replicas')
  for (const { kind, name, version } of await listUnnamed(writer, place)) {
    await writer.remove(kind, name, version)
    context.log(`${kind} ${name} removed: the spec no longer names it`)
    // The size was the autoscaler's until now.
    if (kind === 'HorizontalPodAutoscaler' && isSized) await resize(action, 'main', place.settings.replicas)
  }
}

/** Those of revisions that failed: no ReplicaSet is left that would take them along. */
async function removeStrayPolicies(action: ReleaseAction): Promise<void> {
  const { place, writer } = action
  const { main } = await readState(action)
  const kept = new Set(main?.replicaSets.map(({ metadata }) => metadata.annotations?.[keys.revision]))
  for (const { metadata } of await writer.list('NetworkPolicy', { labels: objectLabels(place) })) {
    const revision = metadata.labels?.[keys.revision]
    if (revision && revision !== String(place.revision) && !kept.has(revision))
      await writer.remove('NetworkPolicy', metadata.name)
  }
}
