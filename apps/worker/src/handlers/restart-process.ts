import { FailureError, stepResults } from '@stevedore/contract'
import { findRestartFault } from '@stevedore/domain'
import type { WorkContext } from '@stevedore/engine'
import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { changeInPlace } from './in-place.ts'
import { findServing } from './restart.ts'
import { conclude } from './rollout/conclude.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { openRelease, revealIfBound } from './rollout/release.ts'

/**
 * Replaces the replicas of one process. They are of the revision that serves, as those before them: nothing else of it is touched, so it is no
 * revision of its own. The engine itself leaves what ran where the new ones do not come up.
 */
export async function restartProcess(run: Run<'deploy'>, process: string): Promise<Outcome> {
  run.expectSteps(2)
  const serving = await findServing(run)
  const held = await judgeWorld(run, serving)
  if (held) return held
  const fault = findRestartFault(serving.settings, process)
  if (fault !== undefined) throw new FailureError('policy-violation', { diagnosis: fault })
  const engine = run.worker.engines.deploy[serving.settings.engine]
  const restart = async (context: WorkContext) => {
    const release = await openRelease(run, serving, undefined, revealIfBound)
    return engine.restartProcess(release, process, context).then(() => null)
  }
  const failed = await changeInPlace(run, serving, {
    forth: async (signal) => {
      await run.step(`restart ${process}`, stepResults.nothing, restart, { signal })
    },
    back: async () => {},
  })
  return failed ?? conclude(run, serving, { pin: false, unpin: false })
}
