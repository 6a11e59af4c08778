import {
  type EnvironmentSpec,
  listProcesses,
  listServices,
  type RolloutInput,
  type RolloutPlan,
  stepResults,
} from '@stevedore/contract'
import { pickStrategy, planRollout } from '@stevedore/domain'
import type { DeployEngine, Observation, WorkContext } from '@stevedore/engine'
import type { Revision } from '@stevedore/ledger'
import { failureOf } from '../../attempt/outcome.ts'
import type { Run } from '../../attempt/run.ts'
import { Stop } from '../../attempt/stop.ts'
import { countHosts } from '../../observation.ts'

/** A revision as far as a rollout needs it. */
export type RolloutRevision = Pick<
  Revision,
  'app' | 'environment' | 'number' | 'image' | 'version' | 'target' | 'settings' | 'secrets'
> &
  /** Absent in one that is only looked at, in a dry run. */
  Partial<Pick<Revision, 'defaultMemory' | 'scale'>> & {
    /** Of a restart: the revision that it is again. */
    again?: number
  }

export interface RolloutRequest {
  /** What is to serve. */
  revision: RolloutRevision
  /** A rollback pins: triggers do not undo it. */
  pin: boolean
  /** A person's deploy ends the pin. */
  unpin: boolean
  /** It runs with the values of secrets that were recorded with it, whatever is stored by now. */
  keepsSecrets?: boolean
}

/** A deploy or rollback on its way. */
export interface Rollout extends RolloutRequest {
  run: Run
  engine: DeployEngine
  plan: RolloutPlan
  /** Of the revision and of the one that it takes over from. */
  leaving: EnvironmentSpec[]
  /** The plan is one of an earlier attempt. */
  isResumed: boolean
  /** The checkout that holds the manifests which the settings name, once there is one. */
  sourceDir: string | undefined
  /** When what serves began to be stopped, on the ledger's clock in milliseconds; absent where it was not, or by an earlier attempt. */
  stoppedAt?: number
  /** Something has served since then. */
  servesAgain?: boolean
}

const planTimeoutMs = 60_000

/**
 * Makes the plan, or takes up the one that an earlier attempt made. It is made even when the job is to end: it knows the way back, so
 * only a lost lease keeps an attempt from it.
 */
export async function openRollout(run: Run, request: RolloutRequest): Promise<Rollout> {
  const engine = run.worker.engines.deploy[request.revision.settings.engine]
  const options = { signal: run.leaseSignal, timeoutMs: planTimeoutMs }
  const isResumed = run.isFinished('plan')
  try {
    const revision = await pinSecrets(run, engine, request)
    const make = ({ signal }: WorkContext) => makePlan(run, engine, revision, signal)
    const plan = await run.step('plan', stepResults.plan, make, options)
    const leaving = [revision.settings, ...(await listStableSettings(run, plan, revision))]
    return { ...request, run, engine, plan, leaving, revision, isResumed, sourceDir: undefined }
  } catch (error) {
    if (!(error instanceof Stop) && !run.willRetry(failureOf(error))) await markFailed(run, request.revision)
    throw error
  }
}

/**
 * Gives the revision the versions of its secrets that hold now, and records them with it: all its replicas get the same values, whoever
 * starts them and whatever is stored meanwhile. One that still runs, kept warm, keeps those that it has.
 */
async function pinSecrets(
  run: Run,
  engine: DeployEngine,
  { revision, keepsSecrets }: RolloutRequest,
): Promise<RolloutRevision> {
  const { app, environment, number, settings } = revision
  if (settings.secrets.length === 0 || (keepsSecrets && revision.secrets.length > 0)) return revision
  const pin = async ({ signal }: WorkContext) => {
    const { replicas } = await engine.observe(revision, signal)
    if (replicas.some((replica) => replica.revision === number)) return revision.secrets
    return run.ledger.pinSecrets({ app, environment, number, names: settings.secrets })
  }
  const options = { signal: run.leaseSignal, timeoutMs: planTimeoutMs }
  return { ...revision, secrets: await run.step('secrets', stepResults.secrets, pin, options) }
}

async function makePlan(
  run: Run,
  engine: DeployEngine,
  revision: RolloutRevision,
  signal: AbortSignal,
): Promise<RolloutPlan> {
  const { app, environment, number, settings } = revision
  const current = (await run.ledger.getEnvironment(app, environment))?.currentRevision ?? null
  const seen = await engine.observe(revision, signal)
  const { check, migrate } = settings
  const stable = findStable(current, seen, revision)
  const before = stable && (await run.ledger.getRevision(app, environment, stable.revision))
  const strategy = pickStrategy(settings, before?.settings)
  const present = listPresent(seen)
  const input: RolloutInput = {
    strategy,
    stable,
    // Only where it matters: a worker of the release before knows no such key.
    ...(strategy.type === 'recreate' && {
      beside: present.filter((one) => one !== number && one !== stable?.revision),
    }),
    next: { revision: number, replicas: seen.size ?? settings.replicas },
    settings: { check, migrate },
    traits: engine.traits,
    // The same: a worker of the release before knows neither these keys nor their actions.
    ...(listServices(settings).length > 0 && { services: true as const }),
    ...(hasProcesses(settings, before?.settings, seen) && { processes: true as const }),
  }
  return { current, present, input, actions: planRollout(input) }
}

/** Also those that an ended deploy left, and what manifests may hold: their source alone knows. */
function hasProcesses(settings: EnvironmentSpec, before: EnvironmentSpec | undefined, seen: Observation): boolean {
  const named = [settings, ...(before ? [before] : [])].some(
    (one) => listProcesses(one).length > 0 || (one.engine === 'kubernetes' && one.manifests !== undefined),
  )
  return named || seen.replicas.some(({ process }) => process !== undefined)
}

/** Also those that could come back into traffic by themselves. */
function listPresent({ replicas, traffic }: Observation): number[] {
  const given = Object.keys(traffic).map(Number)
  return [...new Set([...replicas.map(({ revision }) => revision), ...given])].toSorted((a, b) => a - b)
}

async function listStableSettings(
  run: Run,
  { input: { stable } }: RolloutPlan,
  { app, environment }: RolloutRevision,
): Promise<EnvironmentSpec[]> {
  const found = stable && (await run.ledger.getRevision(app, environment, stable.revision))
  return found ? [found.settings] : []
}

/** The current revision with the replicas that it has; one of which nothing is left does not count: there is nothing to return to. */
function findStable(current: number | null, seen: Observation, next: RolloutRevision): RolloutInput['stable'] {
  if (current === null) return undefined
  const own = seen.replicas.filter(({ process }) => process === undefined)
  const replicas = own.filter(({ revision, state }) => revision === current && state !== 'leaving').length
  return replicas === 0
    ? undefined
    : { revision: current, replicas: Math.max(1, Math.ceil(replicas / countHosts(next.settings))) }
}

/** A rollback's revision served before and stays known to be good. */
export async function markFailed(run: Run, { app, environment, number }: RolloutRevision): Promise<void> {
  if (run.job.kind === 'deploy') await run.ledger.failRevision({ app, environment, number })
}
