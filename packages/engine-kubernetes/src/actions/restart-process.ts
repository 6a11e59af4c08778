import { FailureError } from '@stevedore/contract'
import { openProcess } from '@stevedore/engine'
import { nameDeployment, type Slot } from '../spec/names.ts'
import { nameProcess } from '../spec/processes.ts'
import { requireBeside } from '../state/name-beside.ts'
import { listWorkloads, type PlaceState } from '../state/place-state.ts'
import { selectedSlots } from '../state/traffic.ts'
import { isRolledOut } from '../state/workload.ts'
import { type ReleaseAction, readState } from './action.ts'
import { awaitUp } from './await-up.ts'
import { awaitWorkload } from './await-workload.ts'
import { inheritMemory } from './inherit-memory.ts'
import { replacePods } from './replace-pods.ts'
import { awaitServed, createRouteClock } from './route.ts'

/** As `kubectl rollout restart` does, by the K8sDeployment's own rolling update. Marked by its job, so that a repeat goes on with it. */
export async function restartProcess(action: ReleaseAction, process: string): Promise<void> {
  const { place } = action
  if (process === 'web') return restartWeb(action)
  if (place.settings.manifests !== undefined) return restartBeside(action, process)
  const { replicas } = openProcess(place, process).settings
  await replacePods(action, nameProcess(place, process, place.revision), () => awaitUp(action, process, replicas))
}

/** It keeps its name in all revisions, and its strategy is that of the manifests: one that has a disk alone is stopped before the next. */
async function restartBeside(action: ReleaseAction, name: string): Promise<void> {
  const { deployment } = await requireBeside(action.writer, action.place, name)
  if (deployment.spec.replicas === 0)
    throw new FailureError('policy-violation', {
      diagnosis: `${name} has no replica: \`stevedore scale\` gives it some`,
    })
  await replacePods(action, name, () => awaitUp(action, name))
}

/** Of the slot that serves, until the route is known to lead to the new pods alone. */
async function restartWeb(action: ReleaseAction): Promise<void> {
  const { place } = action
  const slot = chooseSlot(await readState(action), place.revision)
  const quietMs = createRouteClock()
  await replacePods(action, nameDeployment(place, slot), async () => {
    await inheritMemory(action, slot)
    await awaitWorkload(action, slot, (found) => found.revision === place.revision && isRolledOut(found), quietMs)
    await awaitServed(action, quietMs)
  })
}

function chooseSlot(state: PlaceState, revision: number): Slot {
  const own = listWorkloads(state).filter((one) => one.revision === revision)
  const selected = selectedSlots(state)
  const found = own.find(({ slot }) => selected.includes(slot)) ?? own[0]
  if (!found) throw new FailureError('nothing-runs', { diagnosis: `no Deployment is of revision ${revision}` })
  return found.slot
}
