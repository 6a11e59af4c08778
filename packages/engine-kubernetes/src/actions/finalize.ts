import { FailureError } from '@stevedore/contract'
import { keys, objectLabels, placeLabels } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import { argoStrategy, isNamed } from '../spec/place.ts'
import { isEnvSecret } from '../spec/secret.ts'
import type { PlaceState } from '../state/place-state.ts'
import { isWanted } from '../state/processes.ts'
import { hasConfigMaps, hasPolicies } from '../state/rights.ts'
import { findWorkloads } from '../state/traffic.ts'
import { listUnnamed } from '../state/unnamed.ts'
import { countReady, freshReplicaSet, isRolledOut, listSecrets, sizeOf, type Workload } from '../state/workload.ts'
import { type ReleaseAction, readState } from './action.ts'
import { finalizeByArgo } from './argo.ts'
import { endAutoscaler } from './end-autoscaler.ts'
import { keepHistory } from './history.ts'
import { promote } from './promote.ts'
import { refer } from './refer.ts'
import { removeNext } from './remove-next.ts'
import { endCronJobs } from './roll-beside.ts'
import { endProcesses } from './roll-processes.ts'
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
  const state = await readState(action)
  const { main, argo } = state
  if (!main) return
  await endProcesses(action, (one) => !isWanted(action.place, action.place.revision, one))
  await endCronJobs(action, (revision) => revision !== action.place.revision)
  if (argo) await removeOwn(action, 'Rollout', nameObjects(action.place).main)
  if (hasPolicies(action.place)) await ownOfRevisions(action, main, 'NetworkPolicy')
  if (hasConfigMaps(action.place)) await ownOfRevisions(action, main, 'ConfigMap')
  await keepHistory(action, main)
  await ownSecrets(action, main)
  await removeOldJobs(action)
  await removeUnnamed(action, state)
}

/** A revision's Secret objects last as long as its ReplicaSet is kept for a rollback. */
async function ownSecrets({ place, writer }: ReleaseAction, main: Workload): Promise<void> {
  const set = freshReplicaSet(main)
  if (!set || place.settings.secrets.length === 0) return
  for (const secret of listSecrets(main.deployment).filter((one) => isEnvSecret(place, one)))
    await writer.own('Secret', secret, refer(set))
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
    if (kind === 'HorizontalPodAutoscaler' && isSized) await endAutoscaler(action, name, place.settings.replicas)
    await writer.remove(kind, name, version)
    context.log(`${kind} ${name} removed: the spec no longer names it`)
  }
}

/** Each goes with the ReplicaSet of its revision, one that failed included; at once where no such ReplicaSet is left. */
async function ownOfRevisions(
  { place, writer }: ReleaseAction,
  { replicaSets }: Workload,
  kind: 'NetworkPolicy' | 'ConfigMap',
): Promise<void> {
  for (const { metadata } of await writer.list(kind, { labels: objectLabels(place) })) {
    const revision = metadata.labels?.[keys.revision]
    if (!revision || metadata.ownerReferences) continue
    const set = replicaSets.find((one) => one.metadata.annotations?.[keys.revision] === revision)
    if (set) await writer.own(kind, metadata.name, refer(set))
    else await writer.remove(kind, metadata.name)
  }
}
