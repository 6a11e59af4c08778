import { durationMs, FailureError } from '@stevedore/contract'
import { explainTrouble } from '../failure/explain.ts'
import { findTroubles } from '../failure/find-troubles.ts'
import { createTroubleClock } from '../failure/trouble-clock.ts'
import { nameDeployment, type Slot } from '../spec/names.ts'
import type { PlaceState } from '../state/place-state.ts'
import type { Workload } from '../state/workload.ts'
import { type Action, awaitState } from './action.ts'

/**
 * Follows the K8sDeployment of a slot until `isDone`, telling what becomes of its pods.
 * @param onState is shown each state on the way
 * @throws FailureError as soon as it is certain that it never will be
 */
export async function awaitWorkload(
  action: Action,
  slot: Slot,
  isDone: (workload: Workload) => boolean,
  onState: (state: PlaceState) => void = () => {},
): Promise<PlaceState> {
  const throwIfCertain = createTroubleCheck(action)
  return awaitState(action, async (state) => {
    onState(state)
    const workload = state[slot]
    if (!workload)
      throw new FailureError('needs-attention', {
        diagnosis: `${nameDeployment(action.place, slot)} was deleted meanwhile`,
      })
    action.replicas.reportReady(workload)
    if (isDone(workload)) return true
    await throwIfCertain(workload)
    return false
  })
}

/** Ends the wait by the first trouble that will not mend itself. */
export function createTroubleCheck({
  place,
  writer,
  context,
}: Pick<Action, 'place' | 'writer' | 'context'>): (workload: Workload) => Promise<void> {
  const clock = createTroubleClock(context.log)
  const deadlineMs = durationMs(place.settings.health.deadline)
  return async (workload) => {
    const certain = clock(await findTroubles(writer, workload, deadlineMs))
    if (certain) throw await explainTrouble(writer, certain, { pods: workload.pods, settings: place.settings })
  }
}
