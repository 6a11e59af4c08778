import type { RolloutAction } from '@stevedore/contract'
import type { WorkContext } from '@stevedore/engine'
import { bringCertificates } from './bring-certificates.ts'
import { startServices } from './companions.ts'
import { findRouted, openNumbered } from './release.ts'
import type { Rollout } from './rollout.ts'

export type EngineAction = Exclude<RolloutAction, { do: 'pause' }>

/** Carries one action of the plan out on the engine. */
export async function perform(rollout: Rollout, action: EngineAction, context: WorkContext): Promise<null> {
  const { engine, revision } = rollout
  switch (action.do) {
    case 'prepare':
      await engine.prepare(await openNumbered(rollout, revision.number), context)
      await bringCertificates(rollout, context)
      break
    case 'services':
      await startServices(rollout, context)
      break
    case 'migrate':
    case 'check':
      await engine[action.do](await openNumbered(rollout, revision.number), context)
      break
    case 'scale-up':
      await engine.scaleUp(await openNumbered(rollout, action.revision), action.count, context)
      break
    case 'route':
      await engine.route(await findRouted(rollout, action.weights), action.weights, context)
      break
    case 'scale-down':
      await engine.scaleDown(revision, action.revision, action.count, context)
      break
    case 'roll':
      await engine.roll(await openNumbered(rollout, action.revision), context)
      break
    case 'roll-processes':
      await engine.rollProcesses(await openNumbered(rollout, action.revision), context)
      break
    case 'finalize':
      await engine.finalize(await openNumbered(rollout, action.revision), action.keep, context)
      break
  }
  return null
}
