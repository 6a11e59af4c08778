import { FailureError } from '@stevedore/contract'
import { nameObjects } from '../spec/names.ts'
import { isOwnSecret } from '../spec/secret.ts'
import { listWorkloads, type PlaceState } from '../state/place-state.ts'
import { isServing, listServed, selectedSlots } from '../state/traffic.ts'
import { listSecrets, type Workload } from '../state/workload.ts'
import { type Action, awaitState, readState } from './action.ts'
import { selectSlots } from './route.ts'

/** Ends `next`: its pods leave the route first, then it goes with its Secret objects. */
export async function removeNext(action: Action, state: PlaceState): Promise<void> {
  const { place, writer } = action
  const { main, next } = state
  if (!next) return
  if (isServing(state, 'next')) await routeToMain(action, state)
  await writer.remove('Deployment', nameObjects(place).next)
  await awaitLeft(action, (now) => now.next === undefined)
  for (const name of listOrphanedSecrets(next, main)) if (isOwnSecret(place, name)) await writer.remove('Secret', name)
  const after = await readState(action)
  if (after.adopted && after.service) await selectSlots(action, ['main'], after)
}

async function routeToMain(action: Action, state: PlaceState): Promise<void> {
  if (!state.main || selectedSlots(state).length < 2)
    throw new FailureError('needs-attention', { diagnosis: 'nothing but what is to be removed serves' })
  await selectSlots(action, ['main'], state)
}

/** Those of `next` that no revision in the history of `main` needs. */
function listOrphanedSecrets(next: Workload, main: Workload | undefined): string[] {
  const needed = (main ? [main.deployment, ...main.replicaSets] : []).flatMap(listSecrets)
  return listSecrets(next.deployment).filter((name) => !needed.includes(name))
}

/** The pods are leaving once they are told to and out of the route; how long each then drains is its own grace period. */
export async function awaitLeft(action: Action, isGone: (state: PlaceState) => boolean): Promise<void> {
  await awaitState(action, (state) => {
    const alive = listWorkloads(state).flatMap(({ pods }) => pods.map(({ metadata }) => metadata.name))
    return isGone(state) && listServed(state).every((name) => alive.includes(name))
  })
}
