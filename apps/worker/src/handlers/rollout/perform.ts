import type { RolloutAction } from '@stevedore/domain'
import type { DeployEngine, WorkContext } from '@stevedore/engine'
import type { Run } from '../../executor/run.ts'
import { openNumbered, openRelease, type RevisionFacts } from './release.ts'

type EngineAction = Exclude<RolloutAction, { do: 'pause' }>

/** Carries one action of the plan out on the engine. */
export async function perform(
  run: Run,
  engine: DeployEngine,
  action: EngineAction,
  next: RevisionFacts,
  context: WorkContext,
): Promise<null> {
  switch (action.do) {
    case 'prepare':
      await engine.prepare(await openRelease(run, next, context), context)
      break
    case 'migrate':
      await engine.migrate(await openRelease(run, next, context), context)
      break
    case 'check':
      await engine.check(await openRelease(run, next, context), context)
      break
    case 'scale-up':
      await engine.scaleUp(await openNumbered(run, action.revision, next, context), action.count, context)
      break
    case 'route':
      await engine.route(next, action.weights, context)
      break
    case 'scale-down':
      await engine.scaleDown(next, action.revision, action.count, context)
      break
    case 'roll':
      await engine.roll(await openNumbered(run, action.revision, next, context), context)
      break
    case 'settle':
      await engine.settle(await openNumbered(run, action.revision, next, context), action.keep, context)
      break
  }
  return null
}
