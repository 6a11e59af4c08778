import { durationMs, FailureError, type ServiceSpec, stepResults } from '@stevedore/contract'
import type { DeployEngine, Place, ReplicaCommand, WorkContext } from '@stevedore/engine'
import { type Outcome, outcomeOfError } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { endCommand } from './end-command.ts'
import { joinLines } from './rollout/way-back.ts'

interface Wanted {
  name: string
  backup: NonNullable<ServiceSpec['backup']>
}

type Named = ReplicaCommand['replica']

/**
 * Runs the backup of a companion inside it, while nothing of it was touched yet. An attempt that finds it begun and not ended begins it anew:
 * half a backup is none, and nobody can follow a command that another began. @returns how the job ends where there is no backup
 */
export async function backUpService(
  run: Run,
  engine: DeployEngine,
  given: Place,
  { name, backup }: Wanted,
): Promise<Outcome | undefined> {
  const place = { ...given, service: { name, port: undefined } }
  let chosen: Named | undefined
  const work = async (context: WorkContext) => {
    chosen = await choose(engine, given, name, context.signal)
    if (run.job.attempt > 1) await endEarlier(engine, place, chosen, context)
    context.log(`backs up ${name} before it is replaced, within ${backup.timeout}`)
    const { exitCode } = await engine.execCommand(place, { replica: chosen, words: backup.command }, context)
    if (exitCode !== 0) throw fail(`the backup of ${name} exited with code ${exitCode}`)
    return null
  }
  try {
    await run.secrets.hideGiven(place)
    await run.step(`backup ${name}`, stepResults.nothing, work, { timeoutMs: durationMs(backup.timeout) })
    return undefined
  } catch (error) {
    const outcome = outcomeOfError(explain(error, { name, backup }))
    if (outcome.type === 'lost' || outcome.type === 'handed-over') return outcome
    if (outcome.type === 'failed' && run.willRetry(outcome.failure)) return outcome
    return (chosen && (await endCommand(run, engine, place, chosen))) ?? tellUntouched(outcome, name)
  }
}

/** What is not well has not all of its data to give. Throws FailureError `backup-failed`. */
async function choose(engine: DeployEngine, place: Place, name: string, signal: AbortSignal): Promise<Named> {
  const { services = [] } = await engine.observe(place, signal)
  const own = services.filter((one) => one.name === name)
  const found = own.find(({ state }) => state.toLowerCase() === 'running')
  if (!found) throw fail(`${name} does not run: it ${own[0] ? `is ${own[0].state}` : 'is not there'}`)
  if (!found.healthy) throw fail(joinLines(`${name} runs, and is not healthy`, found.reason))
  const { host } = found
  return { name, ...(host !== undefined && { host }) }
}

/** As far as the image has the programs for it: a backup has to bear to run beside what is left of an earlier one. */
async function endEarlier(engine: DeployEngine, place: Place, replica: Named, context: WorkContext): Promise<void> {
  const left = await engine.endExec(place, replica, context)
  if (left !== undefined) context.log(`an earlier backup may go on in ${replica.name}: ${left}`)
}

const fail = (diagnosis: string, cause?: unknown) => new FailureError('backup-failed', { diagnosis, cause })

/** What an engine says of a command that a person asked for says nothing of an update. */
function explain(error: unknown, { name, backup }: Wanted): unknown {
  if (!(error instanceof FailureError)) return error
  if (error.code === 'deadline-exceeded')
    return fail(`the backup of ${name} did not end within ${backup.timeout}`, error)
  const isOfCommand = ['command-failed', 'command-lost', 'replica-missing', 'replica-gone'].includes(error.code)
  return isOfCommand ? fail(`the backup of ${name}: ${error.diagnosis ?? error.message}`, error) : error
}

function tellUntouched(outcome: Outcome, name: string): Outcome {
  if (outcome.type !== 'failed') return outcome
  const { failure } = outcome
  return {
    type: 'failed',
    failure: { ...failure, diagnosis: joinLines(failure.diagnosis, `${name} was left as it is`) },
  }
}
