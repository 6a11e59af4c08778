import { FailureError, stepResults } from '@stevedore/contract'
import { findRestartFault } from '@stevedore/domain'
import type { WorkContext } from '@stevedore/engine'
import type { Revision } from '@stevedore/ledger'
import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { changeInPlace } from './in-place.ts'
import { findServing } from './restart.ts'
import { conclude } from './rollout/conclude.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { openRelease, revealIfBound } from './rollout/release.ts'
import { refuseShared } from './scale/refuse-shared.ts'

/**
 * Replaces the replicas of one process. They are of the revision that serves, as those before them: nothing else of it is touched, so it is no
 * revision of its own. The engine itself leaves what ran where the new ones do not come up, but for a web that has to end first.
 */
export async function restartProcess(run: Run<'deploy'>, process: string): Promise<Outcome> {
  run.expectSteps(2)
  const serving = await findServing(run)
  const held = await judgeWorld(run, serving)
  if (held) return held
  const fault = findRestartFault(serving.settings, process)
  if (fault !== undefined) throw new FailureError('policy-violation', { diagnosis: fault })
  if (process === 'web') await refuseShared(run, serving)
  const engine = run.worker.engines.deploy[serving.settings.engine]
  const restart = async (context: WorkContext) => {
    const release = await openRelease(run, serving, undefined, revealIfBound)
    return engine.restartProcess(release, process, context).then(() => null)
  }
  const failed = await changeInPlace(run, serving, {
    forth: async (signal) => {
      await run.step(`restart ${process}`, stepResults.nothing, restart, { signal })
    },
    back: (options) => bringBack(run, serving, process, options),
  })
  return failed ?? conclude(run, serving, { pin: false, unpin: false })
}

/** A way back of what ended first: on a cluster its own controller goes it. */
async function bringBack(
  run: Run<'deploy'>,
  serving: Revision,
  process: string,
  options: { signal: AbortSignal; timeoutMs: number },
): Promise<void> {
  const { number, settings } = serving
  const engine = run.worker.engines.deploy[settings.engine]
  if (process !== 'web' || settings.strategy.type !== 'recreate' || engine.traits.rolling === 'native') return
  const work = async (context: WorkContext) => {
    await engine.scaleUp(await openRelease(run, serving, undefined, revealIfBound), settings.replicas, context)
    await engine.route(serving, { [number]: 100 }, context)
    return null
  }
  await run.step('back web', stepResults.nothing, work, { ...options, always: true })
}
