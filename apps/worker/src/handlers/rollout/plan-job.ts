import { planRollout, type RolloutAction, type RolloutInput } from '@stevedore/domain'
import type { DeployEngine, Observation, WorkContext } from '@stevedore/engine'
import { getEnvironment } from '@stevedore/ledger'
import type { Run } from '../../executor/run.ts'
import type { RevisionFacts } from './release.ts'

/** What a job set out to do: kept as a step's result, so that every attempt follows the same plan. */
export interface JobPlan {
  /** The revision that the ledger knew as the current one when the job set out. */
  current: number | null
  input: RolloutInput
  actions: RolloutAction[]
}

export async function planJob(
  run: Run,
  engine: DeployEngine,
  next: RevisionFacts,
  context: WorkContext,
): Promise<JobPlan> {
  const place = await getEnvironment(run.worker.ledger, next.app, next.environment)
  const current = place?.currentRevision ?? null
  const observation = await engine.observe(next, context.signal)
  const input: RolloutInput = {
    strategy: next.settings.strategy,
    stable: findStable(current, observation, next),
    next: { revision: next.number, replicas: observation.size ?? next.settings.replicas },
    settings: next.settings,
    traits: engine.traits,
  }
  return { current, input: { ...input, settings: pickSteps(next) }, actions: planRollout(input) }
}

/** The current revision with the replicas that it has; one of which nothing is left does not count: there is nothing to return to. */
function findStable(current: number | null, observation: Observation, next: RevisionFacts): RolloutInput['stable'] {
  if (current === null) return undefined
  const replicas = observation.replicas.filter((replica) => replica.revision === current).length
  return replicas === 0
    ? undefined
    : { revision: current, replicas: Math.max(1, Math.ceil(replicas / countHosts(next))) }
}

function countHosts({ settings }: RevisionFacts): number {
  return settings.engine === 'docker' ? (settings.hosts?.length ?? 1) : 1
}

function pickSteps({ settings: { check, migrate } }: RevisionFacts): RolloutInput['settings'] {
  return { check, migrate }
}
