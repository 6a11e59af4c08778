import { FailureError, stepResults } from '@stevedore/contract'
import { findUnknown } from '@stevedore/domain'
import { describeTraffic, type Observation, type Place, withinMs } from '@stevedore/engine'
import { failureOf, type Outcome } from '../../attempt/outcome.ts'
import type { Run } from '../../attempt/run.ts'
import { tryObserve } from './observe.ts'

const glanceTimeoutMs = 30_000

/**
 * Whether the world is one that this ledger can have made. A ledger that was restored from a copy knows nothing of what came after it, and
 * would undo that: then nothing is touched until a person says how it goes on. A promotion says that the job goes over what runs, and begins it
 * anew; a job that was told to end just ends.
 * @returns how the attempt ends, undefined where nothing stands in its way
 * @throws FailureError where it cannot be told
 */
export async function judgeWorld(run: Run, place: Place): Promise<Outcome | undefined> {
  const { app, environment } = place
  const { cancel, abort, over } = run.control()
  const end = () => endUntouched(run, place, Boolean(cancel))
  let seen: Observation
  try {
    seen = await glance(run, place)
  } catch (error) {
    // Without a plan nothing was begun that would have to be turned back.
    if ((cancel || abort) && !run.isFinished('plan')) return end()
    if (!run.willRetry(failureOf(error))) await failMade(run, place)
    throw error
  }
  const record = await run.ledger.getEnvironment(app, environment)
  const planned = listPlanned(run, record?.currentRevision)
  const unknown = findUnknown(seen, { last: record?.lastRevision ?? 0, planned })
  if (unknown.length === 0) return undefined
  if (cancel || abort) return end()
  if (!over) {
    await tryObserve(run, place)
    return { type: 'failed', failure: explain(place, seen, unknown).toFailure() }
  }
  run.log(`going over ${nameAll(unknown)}, as was asked for`)
  await run.ledger.beginAnew({ app, environment, highest: Math.max(...unknown) })
  await run.ledger.clearControl({ keys: ['over'] })
  return { type: 'handed-over' }
}

/** Revisions and traffic alone: no app is asked, since one that hangs is what a rollout may have to turn back from. */
async function glance({ worker, leaseSignal }: Run, place: Place): Promise<Observation> {
  const engine = worker.engines.deploy[place.settings.engine]
  const signal = withinMs(glanceTimeoutMs, leaseSignal)
  return engine.observe(place, signal, { probe: false }).catch((error: unknown) => {
    if (error instanceof FailureError || leaseSignal.aborted || !signal.aborted) throw error
    const diagnosis = `what runs could not be looked at within ${glanceTimeoutMs / 1_000} s`
    throw new FailureError('engine-slow', { diagnosis, cause: error })
  })
}

/** Whatever may be there while the plan of an earlier attempt is followed; undefined where none is yet. */
function listPlanned(run: Run, current: number | null | undefined): number[] | undefined {
  const plan = run.kept('plan', stepResults.plan)
  if (!plan?.present) return undefined
  const { stable, next } = plan.input
  return [...plan.present, next.revision, stable?.revision, plan.current, current].filter((number) => number != null)
}

/** A revision that it had made never came to serve. */
async function failMade(run: Run, { app, environment }: Place): Promise<void> {
  if (run.job.kind !== 'deploy' || run.isFinished('plan')) return
  const made = run.kept('revision', stepResults.revision)
  if (made) await run.ledger.failRevision({ app, environment, number: made.number })
}

async function endUntouched(run: Run, place: Place, isCancelled: boolean): Promise<Outcome> {
  const { app, environment } = place
  const made = run.job.kind === 'deploy' ? run.kept('revision', stepResults.revision) : undefined
  if (made) await run.ledger.failRevision({ app, environment, number: made.number })
  return isCancelled
    ? { type: 'cancelled' }
    : {
        type: 'failed',
        failure: new FailureError('aborted', {
          message: 'The deploy was aborted before it touched anything',
        }).toFailure(),
      }
}

function explain({ app, environment }: Place, seen: Observation, unknown: readonly number[]): FailureError {
  const what = `${nameAll(unknown)} of ${app} in ${environment}: not by what this ledger knows.`
  return new FailureError('restored', {
    diagnosis: `${what}\nTraffic: ${describeTraffic(seen.traffic)}. Nothing was touched.`,
  })
}

function nameAll(revisions: readonly number[]): string {
  return `revision${revisions.length === 1 ? '' : 's'} ${revisions.join(', ')}`
}
