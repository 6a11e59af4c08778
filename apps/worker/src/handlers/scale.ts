import { applyScale, countReplicas, durationMs, FailureError, type JobFailure, type Scale } from '@stevedore/contract'
import { findScaleFaults } from '@stevedore/domain'
import { withDeadline } from '@stevedore/engine'
import type { Revision } from '@stevedore/ledger'
import { failureOf, type Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { Stop } from '../attempt/stop.ts'
import { findServing } from './restart.ts'
import { conclude } from './rollout/conclude.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { describeServed, look, tryObserve } from './rollout/observe.ts'
import { allowForStops } from './rollout/stop-allowance.ts'
import { joinLines } from './rollout/way-back.ts'
import { changeCounts } from './scale/change-counts.ts'

/**
 * Gives what serves other counts of replicas, and keeps them with its revision: nothing that runs and stays is touched. A count that is not
 * reached is taken back.
 */
export async function scale(run: Run<'deploy'>, counts: Scale): Promise<Outcome> {
  run.expectSteps(4)
  const before = await findServing(run)
  const held = await judgeWorld(run, before)
  if (held) return held
  await refuseUnfit(run, before, counts)
  const after = { ...before, settings: applyScale(before.settings, counts) }
  try {
    await carryOut(run, before, after)
  } catch (error) {
    return giveUp(run, { before, after }, run.signal.aborted ? run.signal.reason : error)
  }
  const { app, environment, number } = before
  await run.ledger.scaleRevision({ app, environment, number, scale: counts })
  return conclude(run, after, { pin: false, unpin: false })
}

/** What runs may be another revision than when it was asked for; and an autoscaler may be one that no settings tell of. */
async function refuseUnfit(run: Run<'deploy'>, before: Revision, counts: Scale): Promise<void> {
  const faults = findScaleFaults(before.settings, counts).map(({ message }) => message)
  if (faults.length > 0) throw new FailureError('policy-violation', { diagnosis: faults.join('\n') })
  const { size, traffic } = await look(run, before)
  if (counts.web !== undefined && size !== undefined)
    throw new FailureError('policy-violation', {
      diagnosis: 'an autoscaler, or the owner of the Deployment, chooses how many replicas web has: change that one',
    })
  const others = Object.entries(traffic).filter(([number, percent]) => percent > 0 && Number(number) !== before.number)
  if (others.length > 0)
    throw new FailureError('policy-violation', {
      diagnosis: `revision ${others.map(([number]) => number).join(', ')} gets traffic as well: deploy or roll back first`,
    })
}

async function carryOut(run: Run<'deploy'>, before: Revision, after: Revision): Promise<void> {
  run.signal.throwIfAborted()
  if (run.job.losses >= run.job.maxLosses) throw new FailureError('worker-lost')
  run.log(`revision ${before.number}: ${describeChange(before, after)}`)
  const timeoutMs = durationMs(before.settings.timeout) + allowForStops([before.settings], 2)
  await withDeadline('the change of scale', timeoutMs, run.signal, (signal) =>
    changeCounts(run, { from: before, to: after }, { signal }),
  )
}

function describeChange(before: Revision, after: Revision): string {
  const [from, to] = [countReplicas(before.settings), countReplicas(after.settings)]
  const changes = Object.keys(to).filter((name) => from[name] !== to[name])
  const told = changes.map((name) => `${name} from ${from[name]} to ${to[name]} replicas`)
  return told.join(', ') || 'has as many replicas already'
}

async function giveUp(
  run: Run<'deploy'>,
  { before, after }: { before: Revision; after: Revision },
  cause: unknown,
): Promise<Outcome> {
  if (cause instanceof Stop && (cause.reason === 'lease-lost' || cause.reason === 'handing-over')) throw cause
  const stop = cause instanceof Stop ? cause.reason : undefined
  const failure = stop ? new FailureError(stop === 'cancelled' ? 'cancelled' : 'aborted').toFailure() : failureOf(cause)
  if (!stop && run.willRetry(failure)) return { type: 'failed', failure }
  const trouble = await takeBack(run, before, after)
  const traffic = describeServed(await tryObserve(run, before))
  if (trouble) return { type: 'failed', failure: explain(failure, trouble, traffic) }
  if (stop === 'cancelled') return { type: 'cancelled', result: { traffic } }
  return { type: 'failed', failure: { ...failure, diagnosis: joinLines(failure.diagnosis, traffic) } }
}

const takeBackMs = 10 * 60_000

async function takeBack(run: Run<'deploy'>, before: Revision, after: Revision): Promise<JobFailure | undefined> {
  run.log(`returning to ${describeChange(after, before)}`)
  const timeoutMs = takeBackMs + allowForStops([before.settings], 2)
  try {
    await changeCounts(run, { from: after, to: before }, { signal: run.leaseSignal, timeoutMs, name: 'back ' })
    return undefined
  } catch (error) {
    if (error instanceof Stop) throw error
    return failureOf(error)
  }
}

function explain(failure: JobFailure, trouble: JobFailure, traffic: string): JobFailure {
  const lines = [failure, trouble].map(({ code, message, diagnosis }) => `${code}: ${diagnosis ?? message}`)
  return { ...new FailureError('needs-attention').toFailure(), diagnosis: joinLines(...lines, traffic) }
}
