import { applyScale, countReplicas, FailureError, findCount, type Scale } from '@stevedore/contract'
import { findScaleFaults } from '@stevedore/domain'
import { withinMs } from '@stevedore/engine'
import type { Revision } from '@stevedore/ledger'
import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { changeInPlace } from './in-place.ts'
import { findServing } from './restart.ts'
import { conclude } from './rollout/conclude.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { changeCounts } from './scale/change-counts.ts'
import { refuseShared } from './scale/refuse-shared.ts'

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
  const scale = { ...before.scale, ...counts }
  const after = { ...before, settings: applyScale(before.settings, counts), scale }
  run.log(`revision ${before.number}: ${describeChange(before, after)}`)
  const failed = await changeInPlace(run, before, {
    forth: (signal) => changeCounts(run, { from: before, to: after }, { signal }),
    back: (options) => changeCounts(run, { from: after, to: before }, { ...options, name: 'back ' }),
  })
  if (failed) return failed
  const { app, environment, number } = before
  await run.ledger.scaleRevision({ app, environment, number, scale: counts })
  return conclude(run, after, { pin: false, unpin: false })
}

const judgeTimeoutMs = 10_000

/** What runs may be another revision than when it was asked for; and an autoscaler may be one that no settings tell of. */
async function refuseUnfit(run: Run<'deploy'>, before: Revision, counts: Scale): Promise<void> {
  const faults = findScaleFaults(before.settings, counts).map(({ message }) => message)
  if (faults.length > 0) throw new FailureError('policy-violation', { diagnosis: faults.join('\n') })
  const engine = run.worker.engines.deploy[before.settings.engine]
  const unfit = await engine.judgeCounts?.(before, counts, withinMs(judgeTimeoutMs, run.leaseSignal))
  if (unfit && unfit.length > 0) throw new FailureError('policy-violation', { diagnosis: unfit.join('\n') })
  const { size } = await refuseShared(run, before)
  if (counts.web !== undefined && size !== undefined)
    throw new FailureError('policy-violation', {
      diagnosis: 'an autoscaler, or the owner of the Deployment, chooses how many replicas web has: change that one',
    })
}

function describeChange(before: Revision, after: Revision): string {
  const [from, to] = [before, after].map(({ scale, settings }) => ({ ...scale, ...countReplicas(settings) })) as [
    Scale,
    Scale,
  ]
  const changes = Object.keys(to).filter((name) => findCount(from, name) !== to[name])
  const told = changes.map((name) => `${name} ${tellFrom(findCount(from, name))}to ${to[name]} replicas`)
  return told.join(', ') || 'has as many replicas already'
}

/** How many a Deployment of manifests had before it was first scaled is theirs to say. */
function tellFrom(count: number | undefined): string {
  return count === undefined ? '' : `from ${count} `
}
