import type { RolloutAction, RolloutInput } from '@stevedore/contract'
import { planAbort, planRollout } from '@stevedore/domain'
import type { DeployEngine, Release, WorkContext } from '@stevedore/engine'
import { openJob } from '@stevedore/engine/conformance'

export interface Rollout {
  engine: DeployEngine
  next: Release
  /** What serves now. */
  stable?: Release
}

/** A rollout's plan, as a worker makes it of what it observes. */
export async function plan({ engine, next, stable }: Rollout): Promise<RolloutAction[]> {
  const { size } = await engine.observe(next, AbortSignal.timeout(30_000))
  return planRollout(toInput(engine, next, stable, size))
}

export function planReturn({ engine, next, stable }: Rollout): RolloutAction[] {
  return planAbort(toInput(engine, next, stable))
}

function toInput(engine: DeployEngine, next: Release, stable: Release | undefined, size?: number): RolloutInput {
  const count = ({ revision, settings }: Release) => ({ revision, replicas: size ?? settings.replicas })
  return {
    strategy: next.settings.strategy,
    stable: stable && count(stable),
    next: count(next),
    settings: next.settings,
    traits: engine.traits,
    ...([next, stable].some((one) => one?.settings.processes || Object(one?.settings).manifests) && {
      processes: true as const,
    }),
  }
}

/** Does the actions in order as a worker would; pauses are passed. */
export async function carryOut(
  rollout: Rollout,
  actions: readonly RolloutAction[],
  context: WorkContext = openJob(),
): Promise<void> {
  for (const action of actions) await act(rollout, action, context)
}

async function act({ engine, next, stable }: Rollout, action: RolloutAction, context: WorkContext): Promise<void> {
  const release = (revision: number) => (revision === stable?.revision ? stable : next)
  switch (action.do) {
    case 'prepare':
    case 'migrate':
    case 'check':
      return engine[action.do](next, context)
    case 'scale-up':
      return engine.scaleUp(release(action.revision), action.count, context)
    case 'scale-down':
      return engine.scaleDown(next, action.revision, action.count, context)
    case 'route':
      return engine.route(next, action.weights, context)
    case 'roll':
      return engine.roll(release(action.revision), context)
    case 'roll-processes':
      return engine.rollProcesses(release(action.revision), context)
    case 'finalize':
      return engine.finalize(release(action.revision), action.keep, context)
    case 'pause':
      return
  }
}

/** Deploys a release from start to end. */
export async function deploy(rollout: Rollout, context?: WorkContext): Promise<void> {
  await carryOut(rollout, await plan(rollout), context)
}
