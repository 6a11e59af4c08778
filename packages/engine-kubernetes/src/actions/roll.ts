import { findUnshared } from '@stevedore/contract'
import { argoStrategy } from '../spec/place.ts'
import type { PlaceState } from '../state/place-state.ts'
import { chosenSize, isAutoscaled } from '../state/size.ts'
import { selectedSlots } from '../state/traffic.ts'
import { isRolledOut, sizeOf, type Workload } from '../state/workload.ts'
import { buildManifests, type ReleaseAction, readState } from './action.ts'
import { rollByArgo } from './argo.ts'
import { awaitPodsGone } from './await-pods-gone.ts'
import { awaitWorkload } from './await-workload.ts'
import { startBeside } from './roll-beside.ts'
import { awaitServed, createRouteClock, selectSlots } from './route.ts'
import { resize, writeDeployment, writeSupporting } from './write-objects.ts'

/** Lets the cluster replace what runs in `main`, and watches until it is done and served. */
export async function roll(action: ReleaseAction): Promise<void> {
  if (argoStrategy(action.place)) return rollByArgo(action)
  if (findUnshared(action.place.settings) !== undefined)
    await awaitPodsGone(action, ({ metadata }) => Boolean(metadata.deletionTimestamp))
  const { revision } = action.place
  const changed = await writeRelease(action)
  const quietMs = changed ? createRouteClock() : undefined
  const isDone = (main: Workload) => main.revision === revision && isRolledOut(main)
  const done = await awaitWorkload(action, 'main', isDone, quietMs)
  if (done.service && !isOnlyMainSelected(done)) await selectSlots(action, ['main'], done)
  else await awaitServed(action, quietMs)
  action.context.event('traffic.shifted', { weights: { [revision]: 100 } })
}

/** @returns whether the K8sDeployment had to be changed */
async function writeRelease(action: ReleaseAction): Promise<boolean> {
  const { place, writer } = action
  const state = await readState(action)
  const manifests = await buildManifests(writer, place, state)
  await writeSupporting(action, manifests, state)
  await startBeside(action, manifests.beside)
  const changed = await writeDeployment(action, manifests, 'main', state)
  const size = await chooseSize(action, state)
  if (size !== undefined) await resize(action, 'main', size)
  // On a first deploy nothing else is served, so readiness alone decides from when on.
  if (selectedSlots(state).length === 0) await selectFirst(action)
  return changed
}

function isOnlyMainSelected(state: PlaceState): boolean {
  const slots = selectedSlots(state)
  return slots.length === 1 && slots[0] === 'main'
}

async function selectFirst(action: ReleaseAction): Promise<void> {
  const state = await readState(action)
  if (!state.adopted && selectedSlots(state).length === 0) await selectSlots(action, ['main'], state, { wait: false })
}

/** The spec's number, or one that was chosen otherwise where nothing runs yet; undefined: what runs stays as many as it is. */
async function chooseSize({ place, writer }: ReleaseAction, state: PlaceState): Promise<number | undefined> {
  const chosen = chosenSize(place, state, await isAutoscaled(writer, place))
  if (chosen === undefined) return place.settings.replicas
  return sizeOf(state.main) > 0 ? undefined : chosen
}
