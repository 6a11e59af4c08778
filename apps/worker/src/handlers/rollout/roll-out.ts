import { type BlueGreenStrategy, durationMs, FailureError, type JobFailure } from '@stevedore/contract'
import { nameAction } from '@stevedore/domain'
import { type DeployEngine, type WorkContext, withDeadline } from '@stevedore/engine'
import { activateRevision, clearControl, failRevision, getEnvironment } from '@stevedore/ledger'
import { failureOf, type Outcome } from '../../executor/outcome.ts'
import { patiently } from '../../executor/patience.ts'
import type { Run } from '../../executor/run.ts'
import { Stop } from '../../executor/stop.ts'
import { keepObservation } from '../../keep-observation.ts'
import { look } from './look.ts'
import { pause } from './pause.ts'
import { perform } from './perform.ts'
import { type JobPlan, planJob } from './plan-job.ts'
import type { RevisionFacts } from './release.ts'
import { describeServed, returnToStable } from './return-to-stable.ts'

const planTimeoutMs = 60_000

export interface RollOut {
  revision: RevisionFacts
  pin: boolean
  unpin: boolean
}

/**
 * Brings a revision to serve: follows the plan step by step, waits where the plan pauses, and returns to the stable revision when a
 * step fails for good. Every step works from what is observed, so an attempt that takes over continues where the last one ended.
 */
export async function rollOut(run: Run, rollout: RollOut): Promise<Outcome> {
  const { revision } = rollout
  const engine = run.worker.engines.deploy[revision.settings.engine]
  // The way back must be known even when the job is told to end before its first step.
  const plan = await openPlan(run, engine, rollout)
  run.expectSteps(plan.actions.length + 3)
  if (await hasTakenOver(run, plan, revision)) return finish(run, plan, rollout)
  try {
    throwIfLostTooOften(run)
    const timeoutMs = durationMs(revision.settings.timeout)
    const waiting = await withDeadline('the deploy', timeoutMs, run.signal, (signal) =>
      follow(run, engine, plan, rollout, signal),
    )
    if (waiting?.type === 'waiting') await showNow(run, revision)
    if (waiting) return waiting
  } catch (error) {
    return giveUp(run, engine, plan, rollout, run.signal.aborted ? run.signal.reason : nameDeadline(error))
  }
  return finish(run, plan, rollout)
}

async function openPlan(run: Run, engine: DeployEngine, rollout: RollOut): Promise<JobPlan> {
  const plan = (context: WorkContext) => planJob(run, engine, rollout.revision, context)
  try {
    return await run.step('plan', plan, { signal: run.leaseSignal, timeoutMs: planTimeoutMs })
  } catch (error) {
    if (!(error instanceof Stop) && !run.willRetry(failureOf(error))) await markFailed(run, rollout)
    throw error
  }
}

/**
 * An earlier attempt came as far as recording the revision as the current one: a wish or a loss that came after it is too late, and a way
 * back would leave the ledger naming what no longer runs.
 */
async function hasTakenOver(run: Run, plan: JobPlan, { app, environment, number }: RevisionFacts): Promise<boolean> {
  const place = await patiently(run.leaseSignal, () => getEnvironment(run.worker.ledger, app, environment))
  return place?.currentRevision === number && plan.current !== number
}

/** A job that loses its workers one after the other may be what kills them: its last attempt only cleans up. */
function throwIfLostTooOften({ job }: Run): void {
  if (job.losses >= job.maxLosses) throw new FailureError('worker-lost')
}

async function follow(
  run: Run,
  engine: DeployEngine,
  plan: JobPlan,
  { revision }: RollOut,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  for (const [index, action] of plan.actions.entries()) {
    signal.throwIfAborted()
    const held = await holdBetweenSteps(run)
    if (held) return held
    const position = index + 1
    if (action.do === 'pause') {
      const waiting = await pause(run, engine, revision, action, position)
      if (waiting) return waiting
      continue
    }
    await run.step(`${position} ${nameAction(action)}`, (context) => perform(run, engine, action, revision, context), {
      signal,
    })
  }
  return undefined
}

/** The deadline of the whole deploy has a code of its own. */
function nameDeadline(error: unknown): unknown {
  const isDeadline = error instanceof FailureError && error.code === 'deadline-exceeded'
  return isDeadline ? new FailureError('deploy-deadline', { diagnosis: error.diagnosis ?? '', cause: error }) : error
}

/** Between two steps a deploy gives way to a person's pause and to the end of its worker. */
async function holdBetweenSteps(run: Run): Promise<Outcome | undefined> {
  if (run.worker.isDraining()) return { type: 'handed-over' }
  if (!run.control().pause) return undefined
  await clearControl(run.worker.ledger, { ...run.message, keys: ['pause'] })
  run.event('rollout.paused', { until: null })
  return { type: 'waiting', waitingFor: 'promotion' }
}

async function finish(run: Run, plan: JobPlan, { revision, pin, unpin }: RollOut): Promise<Outcome> {
  const { app, environment, number, settings } = revision
  const { stable } = plan.input
  const kept = settings.strategy.type === 'blue-green' && stable && stable.revision !== number
  const warm = kept
    ? { revision: stable.revision, delayMs: durationMs((settings.strategy as BlueGreenStrategy).scaleDownDelay) }
    : undefined
  await patiently(run.leaseSignal, () =>
    activateRevision(run.worker.ledger, { ...run.message, app, environment, number, pin, unpin, warm, by: run.by }),
  )
  const seen = await look(run, revision)
  await keepObservation(run.worker.ledger, revision, seen)
  run.event('rollout.observed', { replicas: seen.replicas, traffic: seen.traffic, address: seen.address ?? null })
  return {
    type: 'succeeded',
    result: {
      revision: number,
      image: revision.image,
      version: revision.version,
      address: seen.address ?? null,
      traffic: seen.traffic,
    },
  }
}

/** Whoever asks what runs is told of this moment; a look that fails is left to the observer, which comes by soon. */
async function showNow(run: Run, revision: RevisionFacts): Promise<void> {
  const seen = await look(run, revision).catch(() => undefined)
  if (seen) await keepObservation(run.worker.ledger, revision, seen).catch(() => undefined)
}

async function giveUp(
  run: Run,
  engine: DeployEngine,
  plan: JobPlan,
  rollout: RollOut,
  error: unknown,
): Promise<Outcome> {
  if (error instanceof Stop && (error.reason === 'lease-lost' || error.reason === 'handing-over')) throw error
  const cancelled = error instanceof Stop && error.reason === 'cancelled'
  const failure =
    error instanceof Stop ? new FailureError(cancelled ? 'cancelled' : 'aborted').toFailure() : failureOf(error)
  if (!(error instanceof Stop) && run.willRetry(failure) && run.job.losses < run.job.maxLosses)
    return { type: 'failed', failure }
  const { revision } = rollout
  const stays = revision.settings.onFailure === 'stop' && !(error instanceof Stop)
  const explained = stays
    ? await explainStay(run, rollout, failure)
    : await returnToStable(run, engine, plan, revision, failure)
  await showNow(run, revision)
  // The revision that an environment already runs is not a failed one because a second deploy of it failed.
  if (plan.input.stable?.revision !== revision.number) await markFailed(run, rollout)
  if (cancelled && explained.code !== 'needs-attention')
    return { type: 'cancelled', result: { traffic: explained.diagnosis ?? '' } }
  return { type: 'failed', failure: explained }
}

async function explainStay(run: Run, { revision }: RollOut, failure: JobFailure): Promise<JobFailure> {
  const traffic = await describeServed(run, revision)
  return {
    ...failure,
    diagnosis: [failure.diagnosis, traffic, 'Left as it is: onFailure is stop.'].filter(Boolean).join('\n'),
  }
}

/** A rollback's revision served before and stays known to be good. */
async function markFailed(run: Run, { revision: { app, environment, number } }: RollOut): Promise<void> {
  if (run.job.kind !== 'deploy') return
  await patiently(run.leaseSignal, () =>
    failRevision(run.worker.ledger, { ...run.message, app, environment, number, by: run.by }),
  )
}
