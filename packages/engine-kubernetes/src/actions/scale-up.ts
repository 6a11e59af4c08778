import { openWriter } from '../client/namespace.ts'
import type { Slot } from '../spec/names.ts'
import type { PlaceState } from '../state/place-state.ts'
import { findWorkloads, isServing } from '../state/traffic.ts'
import { isRolledOut, sizeOf } from '../state/workload.ts'
import { type Action, awaitState, buildManifests, type ReleaseAction, readState } from './action.ts'
import { awaitWorkload } from './await-workload.ts'
import { startBeside } from './roll-beside.ts'
import { requireService, selectSlots } from './route.ts'
import { resize, writeDeployment, writeSupporting } from './write-objects.ts'

/** Brings a release up in a slot that nobody is served by, at `count` replicas or what is there already. */
export async function scaleUp(action: ReleaseAction, count: number): Promise<void> {
  const { place, writer } = action
  const state = await readState(action)
  requireService(place, state)
  const slot = chooseSlot(state, place.revision)
  const before = state[slot]?.revision === place.revision ? sizeOf(state[slot]) : 0
  const manifests = await buildManifests(writer, place, state)
  await writeSupporting(action, manifests, state)
  await startBeside(action, manifests.beside)
  // Pods beside adopted ones carry their labels: without this they would be served as soon as they are ready.
  if (state.adopted && slot === 'next' && !state.next) await selectSlots(action, ['main'], state, { besideNext: true })
  try {
    await writeDeployment(action, manifests, slot, state)
    await grow(action, slot, Math.max(before, count))
  } catch (error) {
    if (action.context.signal.aborted) await removeExtra(action, slot, before)
    throw error
  }
}

async function grow(action: ReleaseAction, slot: Slot, count: number): Promise<void> {
  const { revision } = action.place
  await resize(action, slot, count)
  await awaitWorkload(action, slot, (found) => found.revision === revision && isRolledOut(found, count))
}

/**
 * Where a release goes: to the slot that has it already (a warm colour is switched back to, not made again), else to one that
 * nobody is served by. Both serve only in the middle of a canary, whose stable revision is always in `main`.
 */
function chooseSlot(state: PlaceState, revision: number): Slot {
  const [best] = findWorkloads(state, revision)
  if (best) return best.slot
  return isServing(state, 'main') ? 'next' : 'main'
}

/** How long the clearing up after an abort may take. */
const cleanupMs = 15_000

/** After an abort the extra replicas go again, unless another worker owns the job by now or they are served. */
async function removeExtra(action: Action, slot: Slot, count: number): Promise<void> {
  const { cluster, namespace } = action.writer
  const writer = openWriter(cluster, namespace, action.context, AbortSignal.timeout(cleanupMs))
  const cleanup = { ...action, writer }
  try {
    if (isServing(await readState(cleanup), slot)) return
    await resize(cleanup, slot, count)
    await awaitState(cleanup, (state) => (state[slot]?.pods.length ?? 0) <= count)
  } catch (error) {
    action.context.log(`could not clear up after the abort: ${error}`)
  }
}
