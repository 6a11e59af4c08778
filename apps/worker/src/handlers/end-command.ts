import { stepResults } from '@stevedore/contract'
import type { DeployEngine, Place, ReplicaCommand, WorkContext } from '@stevedore/engine'
import { type Outcome, outcomeOfError } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'

const endTimeoutMs = 60_000

/** Ends what the job has begun inside a replica or a companion; where it may go on the log says so. @returns that the job was lost over it */
export async function endCommand(
  run: Run,
  engine: DeployEngine,
  place: Place,
  replica: ReplicaCommand['replica'],
): Promise<Outcome | undefined> {
  const work = async (context: WorkContext) => {
    const left = await engine.endExec(place, replica, context)
    if (left !== undefined) context.log(`the command may go on in ${replica.name}: ${left}`)
    return null
  }
  const end = { signal: run.leaseSignal, timeoutMs: endTimeoutMs, always: true }
  const failed = await run.step('end', stepResults.nothing, work, end).catch(outcomeOfError)
  if (failed?.type === 'lost') return failed
  if (failed) run.log(`the command may go on in ${replica.name}: it could not be ended`)
  return undefined
}
