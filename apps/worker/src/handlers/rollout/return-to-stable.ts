import type { JobFailure } from '@stevedore/contract'
import { FailureError } from '@stevedore/contract'
import { nameAction, planAbort } from '@stevedore/domain'
import { type DeployEngine, describeTraffic, type Place } from '@stevedore/engine'
import { failureOf } from '../../executor/outcome.ts'
import type { Run } from '../../executor/run.ts'
import { Stop } from '../../executor/stop.ts'
import { look } from './look.ts'
import { perform } from './perform.ts'
import type { JobPlan } from './plan-job.ts'
import type { RevisionFacts } from './release.ts'

const abortTimeoutMs = 10 * 60_000

/**
 * Gives all traffic back to the stable revision and removes the new one. Only a lost lease ends it early: then another attempt
 * begins it again. Returns the failure with what became of the traffic, or `needs-attention` when the way back failed as well.
 */
export async function returnToStable(
  run: Run,
  engine: DeployEngine,
  plan: JobPlan,
  next: RevisionFacts,
  failure: JobFailure,
): Promise<JobFailure> {
  run.log(
    `returning to ${plan.input.stable ? `revision ${plan.input.stable.revision}` : 'nothing: there is no earlier revision'}`,
  )
  const troubles: string[] = []
  for (const [index, action] of planAbort(plan.input).entries()) {
    if (action.do === 'pause') continue
    try {
      await run.step(
        `back ${index + 1} ${nameAction(action)}`,
        (context) => perform(run, engine, action, next, context),
        {
          signal: run.leaseSignal,
          timeoutMs: abortTimeoutMs,
          always: true,
        },
      )
    } catch (error) {
      if (error instanceof Stop) throw error
      const { code, message, diagnosis } = failureOf(error)
      troubles.push(`${nameAction(action)}: ${code}: ${diagnosis ?? message}`)
      // Traffic is never sent to what could not be brought up: what serves now goes on serving.
      if (action.do === 'scale-up' || action.do === 'route') break
    }
  }
  run.event('rollout.aborted', { code: failure.code, returned: troubles.length === 0 })
  return explain(run, next, failure, troubles)
}

async function explain(run: Run, next: RevisionFacts, failure: JobFailure, troubles: string[]): Promise<JobFailure> {
  const traffic = await describeServed(run, next)
  if (troubles.length === 0) return { ...failure, diagnosis: joinLines(failure.diagnosis, traffic) }
  const attention = new FailureError('needs-attention').toFailure()
  return {
    ...attention,
    diagnosis: joinLines(`${failure.code}: ${failure.diagnosis ?? failure.message}`, ...troubles, traffic),
  }
}

/** What serves at this moment, in words; part of every failure of a deploy. */
export async function describeServed(run: Run, place: Place): Promise<string> {
  const seen = await look(run, place).catch(() => undefined)
  if (!seen) return 'Traffic: could not be observed.'
  return `Traffic: ${describeTraffic(seen.traffic)}.`
}

function joinLines(...lines: (string | undefined)[]): string {
  return lines.filter((line) => line !== undefined && line !== '').join('\n')
}
