import { FailureError, stepResults } from '@stevedore/contract'
import { findUnknown } from '@stevedore/domain'
import { describeTraffic, type Observation, type Place } from '@stevedore/engine'
import type { Run } from '../../attempt/run.ts'
import { Stop } from '../../attempt/stop.ts'
import { look, tryObserve } from './observe.ts'

/**
 * Before the first effect of an attempt: looks whether the world is one that this ledger can have made. Where there is no plan yet, what
 * cannot be looked at now is looked at when one is made.
 * @throws what `refuseUnknown` throws
 */
export async function refuseNewer(run: Run, place: Place): Promise<void> {
  const seen = await look(run, place).catch((error: unknown) => {
    if (run.isFinished('plan')) throw error
    return undefined
  })
  if (seen) await refuseUnknown(run, place, seen)
}

/**
 * A ledger that was restored from a copy knows nothing of what came after it, and would undo that: then nothing is touched until a person
 * says how it goes on. A promotion says that the job goes over what runs, and begins it anew; a job that was told to end just ends.
 * @throws FailureError `restored`; Stop where the job is to end, or to begin anew
 */
export async function refuseUnknown(run: Run, place: Place, seen: Observation): Promise<void> {
  const { app, environment } = place
  const record = await run.ledger.getEnvironment(app, environment)
  const planned = listPlanned(run, record?.currentRevision)
  const unknown = findUnknown(seen, { last: record?.lastRevision ?? 0, served: planned })
  if (unknown.length === 0) return
  const { cancel, abort, over } = run.control()
  if (cancel || abort) throw new Stop(cancel ? 'cancelled' : 'aborted')
  await tryObserve(run, place)
  if (!over) throw new FailureError('restored', { diagnosis: describeUnknown(place, seen, unknown) })
  run.log(`going over ${nameAll(unknown)}, as was asked for`)
  await run.ledger.beginAnew({ app, environment, highest: Math.max(...unknown) })
  await run.ledger.clearControl({ keys: ['over'] })
  throw new Stop('handing-over')
}

/** Whatever may have traffic while the plan of an earlier attempt is followed; undefined where none is yet. */
function listPlanned(run: Run, current: number | null | undefined): number[] | undefined {
  const plan = run.kept('plan', stepResults.plan)
  if (!plan?.served) return undefined
  const { stable, next } = plan.input
  return [...plan.served, next.revision, stable?.revision, plan.current, current].filter((number) => number != null)
}

function describeUnknown({ app, environment }: Place, seen: Observation, unknown: readonly number[]): string {
  const what = `${nameAll(unknown)} of ${app} in ${environment}`
  return `${what}: not by what this ledger knows.\nTraffic: ${describeTraffic(seen.traffic)}. Nothing was touched.`
}

function nameAll(revisions: readonly number[]): string {
  return `revision${revisions.length === 1 ? '' : 's'} ${revisions.join(', ')}`
}
