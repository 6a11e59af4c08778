import type { Slot } from '../spec/names.ts'
import { argoStrategy } from '../spec/place.ts'
import { listWorkloads } from '../state/place-state.ts'
import { isBeside } from '../state/processes.ts'
import { isAutoscaled } from '../state/size.ts'
import { isOnlyNextServing } from '../state/traffic.ts'
import { sizeOf, type Workload } from '../state/workload.ts'
import { type Action, readState } from './action.ts'
import { scaleDownByArgo } from './argo.ts'
import { awaitPodsGone } from './await-pods-gone.ts'
import { promote } from './promote.ts'
import { awaitLeft, removeNext } from './remove-next.ts'
import { endCronJobs, hasFormer } from './roll-beside.ts'
import { endProcesses } from './roll-processes.ts'
import { findReturn, undo } from './undo.ts'
import { resize } from './write-objects.ts'

/** Takes all but `count` replicas of a revision away, and with the last its processes. */
export async function scaleDown(action: Action, revision: number, count: number): Promise<void> {
  if (count === 0) await endBesides(action, revision)
  if (argoStrategy(action.place)) return scaleDownByArgo(action, revision, count)
  const state = await readState(action)
  for (const workload of listWorkloads(state).filter((one) => one.revision === revision)) {
    if (count > 0) await shrink(action, workload.slot, count)
    else if (workload.slot === 'next') await removeNext(action, state)
    else if (isOnlyNextServing(state)) await promote(action)
    else await empty(action, workload, state.adopted)
  }
}

/** What manifests bring has one name in all revisions: where there is a former one, that takes it back. */
async function endBesides(action: Action, revision: number): Promise<void> {
  const isKept = hasFormer(await readState(action))
  await endProcesses(action, (one) => one.revision === revision && !(isKept && isBeside(one)))
  if (!isKept) await endCronJobs(action, (one) => one === revision)
}

async function empty(action: Action, main: Workload, adopted: boolean): Promise<void> {
  if (action.place.settings.strategy.type === 'recreate') return stopMain(action)
  const target = findReturn(main, adopted)
  if (target) await undo(action, target)
  else await shrink(action, 'main', 0)
}

/** Until its pods are gone, and not only told to leave: one that still ends may still write what the next one reads. */
async function stopMain(action: Action): Promise<void> {
  await resize(action, 'main', 0)
  await awaitPodsGone(action)
}

/** An autoscaler would only undo it, so where there is one the ratio stays as it is. */
async function shrink(action: Action, slot: Slot, count: number): Promise<void> {
  const { place, writer } = action
  const state = await readState(action)
  if (sizeOf(state[slot]) <= count || (count > 0 && (await isAutoscaled(writer, place)))) return
  await resize(action, slot, count)
  await awaitLeft(action, (now) => (now[slot]?.pods.length ?? 0) <= count)
}
