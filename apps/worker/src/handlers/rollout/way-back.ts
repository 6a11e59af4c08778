import { FailureError, type JobFailure, stepResults } from '@stevedore/contract'
import { nameAction, planAbort } from '@stevedore/domain'
import { failureOf } from '../../attempt/outcome.ts'
import { Stop } from '../../attempt/stop.ts'
import { isServed, noteServed } from './downtime.ts'
import { describeServed, tryObserve } from './observe.ts'
import { performPatiently } from './perform-patiently.ts'
import { openSource } from './release.ts'
import type { Rollout } from './rollout.ts'
import { allowForStops } from './stop-allowance.ts'

const abortTimeoutMs = 10 * 60_000

/**
 * Gives all traffic back to the stable revision and removes the new one. Only a lost lease ends it early: then another attempt
 * begins it again. Returns the failure with what became of the traffic, or `needs-attention` when the way back failed as well.
 */
export async function returnToStable(rollout: Rollout, failure: JobFailure): Promise<JobFailure> {
  const { run, plan } = rollout
  const { stable } = plan.input
  run.log(`returning to ${stable ? `revision ${stable.revision}` : 'nothing: there is no earlier revision'}`)
  const troubles = await walkBack(rollout)
  run.event('rollout.aborted', { code: failure.code, returned: troubles.length === 0 })
  const traffic = describeServed(await tryObserve(run, rollout.revision))
  if (troubles.length === 0) return { ...failure, diagnosis: joinLines(failure.diagnosis, traffic) }
  const first = `${failure.code}: ${failure.diagnosis ?? failure.message}`
  return { ...new FailureError('needs-attention').toFailure(), diagnosis: joinLines(first, ...troubles, traffic) }
}

/** @returns what went wrong on the way, a line each */
async function walkBack(rollout: Rollout): Promise<string[]> {
  const { run, plan } = rollout
  const troubles: string[] = []
  const timeoutMs = abortTimeoutMs + allowForStops(rollout.leaving)
  const options = { signal: run.leaseSignal, timeoutMs, always: true }
  for (const [index, action] of planAbort(plan.input).entries()) {
    if (action.do === 'pause') continue
    const name = nameAction(action)
    try {
      await openSource(rollout, action, run.leaseSignal)
      await run.step(
        `back ${index + 1} ${name}`,
        stepResults.nothing,
        (context) => performPatiently(rollout, action, context, { last: undefined }),
        options,
      )
      if (isServed(action)) await noteServed(rollout)
    } catch (error) {
      if (error instanceof Stop) throw error
      const { code, message, diagnosis } = failureOf(error)
      troubles.push(`${name}: ${code}: ${diagnosis ?? message}`)
      // Traffic is never sent to what could not be brought up: what serves now goes on serving. Nor is what holds data joined by another.
      if (action.do === 'scale-up' || action.do === 'route' || plan.input.strategy.type === 'recreate') break
    }
  }
  return troubles
}

/** The failure of a rollout that is left as it is, because its settings say so. */
export async function explainStay({ run, revision }: Rollout, failure: JobFailure): Promise<JobFailure> {
  const traffic = describeServed(await tryObserve(run, revision))
  return { ...failure, diagnosis: joinLines(failure.diagnosis, traffic, 'Left as it is: onFailure is stop.') }
}

export function joinLines(...lines: (string | undefined)[]): string {
  return lines.filter((line) => line !== undefined && line !== '').join('\n')
}
