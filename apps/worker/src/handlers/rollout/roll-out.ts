import {
  durationMs,
  FailureError,
  findAwaited,
  type JobFailure,
  type RolloutInput,
  stepResults,
} from '@stevedore/contract'
import { nameAction } from '@stevedore/domain'
import { type WorkContext, withDeadline } from '@stevedore/engine'
import { failureOf, type Outcome } from '../../attempt/outcome.ts'
import type { Run } from '../../attempt/run.ts'
import { Stop } from '../../attempt/stop.ts'
import { conclude } from './conclude.ts'
import { isDown, isServed, isStop, noteServed, noteStop } from './downtime.ts'
import { judgeWorld } from './judge-world.ts'
import { look, tryObserve } from './observe.ts'
import { pause } from './pause.ts'
import { performPatiently, type Slowness } from './perform-patiently.ts'
import { openSource } from './release.ts'
import { markFailed, openRollout, type Rollout, type RolloutRequest, type RolloutRevision } from './rollout.ts'
import { allowForStops, countStops } from './stop-allowance.ts'
import { explainStay, joinLines, returnToStable } from './way-back.ts'

/**
 * Brings a revision to serve: follows the plan step by step, waits where the plan pauses, and returns to the stable revision when a
 * step fails for good. Every step works from what is observed, so an attempt that takes over continues where the last one ended.
 */
export async function rollOut(run: Run, request: RolloutRequest): Promise<Outcome> {
  const rollout = await openRollout(run, request)
  run.expectSteps(rollout.plan.actions.length + 3)
  if (await hasTakenOver(rollout)) return finish(rollout)
  const held = rollout.isResumed ? await judgeResumed(rollout) : undefined
  if (held) return held
  const end = await carryOut(rollout)
  if (end === 'complete') return finish(rollout)
  if ('failed' in end) return giveUp(rollout, end.failed)
  // Whoever asks what runs while it waits is told of this moment.
  if (end.type === 'waiting') await tryObserve(run, rollout.revision)
  return end
}

/**
 * An earlier attempt came as far as recording the revision as the current one: a request or a loss that came after it is too late, and a
 * way back would leave the ledger naming what no longer runs.
 */
async function hasTakenOver({ run, plan, revision }: Rollout): Promise<boolean> {
  const { app, environment, number } = revision
  const place = await run.ledger.getEnvironment(app, environment)
  return place?.currentRevision === number && plan.current !== number
}

/** The way back of one that was told to end, or is at its last attempt, is tried whatever can be looked at. */
async function judgeResumed(rollout: Rollout): Promise<Outcome | undefined> {
  const { run, revision } = rollout
  try {
    return await judgeWorld(run, revision)
  } catch (error) {
    if (run.signal.aborted || run.job.losses >= run.job.maxLosses) return undefined
    return giveUp(rollout, error)
  }
}

/** How the plan came to an end: followed to its last action, held at one, or failed. */
type End = 'complete' | Outcome | { failed: unknown }

async function carryOut(rollout: Rollout): Promise<End> {
  const { run, revision, plan, leaving } = rollout
  let ends: AbortSignal | undefined
  const slowness: Slowness = { last: undefined }
  const work = (signal: AbortSignal) => {
    ends = signal
    return follow(rollout, slowness, signal)
  }
  try {
    refuseLostTooOften(run)
    const timeoutMs = ownTimeMs(revision) + allowForStops(leaving, countStops(plan.actions))
    return await withDeadline('the deploy', timeoutMs, run.signal, work)
  } catch (error) {
    if (run.signal.aborted) return { failed: run.signal.reason }
    const isLate = ends?.aborted || (error instanceof FailureError && error.code === 'deploy-deadline')
    return { failed: isLate ? await nameDeadline(rollout, slowness.last ?? error) : error }
  }
}

const dayMs = 24 * 3_600_000

/** Argo Rollouts pauses under the eyes of its engine, which does not count the pauses. */
function ownTimeMs({ settings: { strategy, timeout } }: RolloutRevision): number {
  return strategy.type === 'canary' && strategy.controller === 'argo' ? dayMs : durationMs(timeout)
}

/** A job that loses its workers one after the other may be what kills them: its last attempt only cleans up. */
function refuseLostTooOften({ job }: Run): void {
  if (job.losses >= job.maxLosses) throw new FailureError('worker-lost')
}

/** The deadline of the whole deploy has a code of its own, unless a replica that is not healthy is what was waited for. */
async function nameDeadline({ run, engine, revision }: Rollout, error: unknown): Promise<FailureError> {
  const away = findAway(run, engine, revision)
  if (away) return new FailureError(away.failure.code, { diagnosis: `${away.site}: ${away.reason}`, cause: error })
  const { diagnosis } = failureOf(error)
  const seen = await look(run, revision).catch(() => undefined)
  const waited = seen?.replicas.filter((one) => one.revision === revision.number && !one.healthy && one.reason)
  const reasons = (waited ?? []).map(({ name, reason }) => `${name}: ${reason}`)
  // What was slow of the machinery was waited for: no setting of the environment mends that.
  if (reasons.length === 0 && error instanceof FailureError && error.code === 'engine-slow') return error
  const code = reasons.length > 0 ? 'never-healthy' : 'deploy-deadline'
  return new FailureError(code, { diagnosis: joinLines(...reasons, diagnosis), cause: error })
}

function findAway({ worker }: Run, engine: Rollout['engine'], revision: RolloutRevision) {
  const names = engine.listSites(revision).map(({ name }) => name)
  return worker.sites.listAway().find(({ site }) => names.includes(site))
}

async function follow(rollout: Rollout, slowness: Slowness, signal: AbortSignal): Promise<'complete' | Outcome> {
  const { run, plan } = rollout
  for (const [index, action] of plan.actions.entries()) {
    signal.throwIfAborted()
    const position = index + 1
    const held =
      (await holdBetweenSteps(rollout)) ?? (action.do === 'pause' && (await pause(rollout, action, position)))
    if (held) return held
    if (action.do === 'pause') continue
    const name = `${position} ${nameAction(action)}`
    if (!run.isFinished(name)) await openSource(rollout, action, signal)
    const work = (context: WorkContext) => performPatiently(rollout, action, context, slowness)
    if (isStop(plan, action)) await noteStop(rollout)
    await run.step(name, stepResults.nothing, work, { signal })
    if (isServed(action)) await noteServed(rollout)
  }
  return 'complete'
}

/** Between two steps a deploy gives way to a person's pause and to the end of its worker, but not while nothing serves. */
async function holdBetweenSteps(rollout: Rollout): Promise<Outcome | undefined> {
  const { run } = rollout
  if (isDown(rollout)) return undefined
  if (run.worker.isDraining()) return { type: 'handed-over' }
  if (!run.control().pause) return undefined
  await run.ledger.clearControl({ keys: ['pause'] })
  run.event('rollout.paused', { until: null })
  return { type: 'waiting', waitingFor: 'promotion' }
}

/** The plan's last actions have seen the revision serve. */
async function finish(rollout: Rollout): Promise<Outcome> {
  const { run, plan, revision, pin, unpin } = rollout
  const downMs = await noteServed(rollout)
  return conclude(run, revision, { pin, unpin, warm: findWarm(plan.input, revision), downMs })
}

/** The colour that stays warm beside the new one, and for how long. */
function findWarm({ stable, strategy }: RolloutInput, { number }: RolloutRevision) {
  if (strategy.type !== 'blue-green' || !stable || stable.revision === number) return undefined
  return { revision: stable.revision, delayMs: durationMs(strategy.scaleDownDelay) }
}

async function giveUp(rollout: Rollout, cause: unknown): Promise<Outcome> {
  const { run, plan, revision } = rollout
  if (cause instanceof Stop && (cause.reason === 'lease-lost' || cause.reason === 'handing-over')) throw cause
  const isStopped = cause instanceof Stop
  const isCancelled = isStopped && cause.reason === 'cancelled'
  const failure = isStopped ? new FailureError(isCancelled ? 'cancelled' : 'aborted').toFailure() : failureOf(cause)
  if (!isStopped && run.willRetry(failure) && mayWait(rollout, failure)) return { type: 'failed', failure }
  const stays = revision.settings.onFailure === 'stop' && !isStopped
  const explained = stays ? await explainStay(rollout, failure) : await returnToStable(rollout, failure)
  // The revision that an environment already runs is not a failed one because a second deploy of it failed.
  if (plan.input.stable?.revision !== revision.number) await markFailed(run, revision)
  if (isCancelled && explained.code !== 'needs-attention')
    return { type: 'cancelled', result: { traffic: explained.diagnosis ?? '' } }
  return { type: 'failed', failure: explained }
}

/** While nothing serves a rollout does not wait for what the way back can do without: of what is away that is all but the engine. */
function mayWait(rollout: Rollout, { code }: JobFailure): boolean {
  const { losses, maxLosses } = rollout.run.job
  return losses < maxLosses && (!isDown(rollout) || findAwaited(code) === 'engine')
}
