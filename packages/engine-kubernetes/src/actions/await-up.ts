import { FailureError } from '@stevedore/contract'
import { openProcess } from '@stevedore/engine'
import { type ProcessWorkload, readProcesses } from '../state/processes.ts'
import { isRolledOut } from '../state/workload.ts'
import { awaitState, type ReleaseAction } from './action.ts'
import { createTroubleCheck } from './await-workload.ts'
import { createReplicaReporter } from './report-replicas.ts'

export async function findOwn({ writer, place }: ReleaseAction, process: string): Promise<ProcessWorkload | undefined> {
  const all = await readProcesses(writer, place)
  return all.find((one) => one.process === process && one.revision === place.revision)
}

/**
 * @param replicas absent: as many as it has by now
 * @throws FailureError as soon as it is certain that it never will be
 */
export async function awaitUp(action: ReleaseAction, process: string, replicas?: number): Promise<void> {
  const throwIfCertain = createTroubleCheck({ ...action, place: openProcess(action.place, process) })
  const { reportReady } = createReplicaReporter(action.context)
  let isSeen = false
  await awaitState(action, async () => {
    const found = await findOwn(action, process)
    // Its ReplicaSet, by which it is found, comes a moment after it.
    if (!found && isSeen) throw new FailureError('needs-attention', { diagnosis: `${process} was deleted meanwhile` })
    if (!found) return false
    isSeen = true
    reportReady(found)
    if (isRolledOut(found, replicas)) return true
    await throwIfCertain(found)
    return false
  })
}
