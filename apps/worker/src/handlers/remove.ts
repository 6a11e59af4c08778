import { durationMs, stepResults } from '@stevedore/contract'
import type { Revision } from '@stevedore/ledger'
import { type Outcome, outcomeOfError } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { describeServed, look } from './rollout/observe.ts'
import { allowForStops } from './rollout/stop-allowance.ts'
import { joinLines } from './rollout/way-back.ts'

/** Takes an environment down, by the settings that it was deployed with, and records that it runs nothing. */
export async function remove(run: Run<'deploy'>): Promise<Outcome> {
  run.expectSteps(2)
  const revision = await findRevision(run)
  try {
    const held = await takeDown(run, revision)
    if (held) return held
  } catch (error) {
    return explain(run, revision, error)
  }
  const { app, environment, number } = revision
  await run.ledger.recordRemoval({ app, environment })
  return { type: 'succeeded', result: { removed: number } }
}

/** What was found when the job began: an attempt that takes over takes down the same. */
async function findRevision({ job, ledger, step, leaseSignal }: Run<'deploy'>): Promise<Revision> {
  const { app, environment } = job
  const find = async () => {
    const found = await ledger.findDeployed({ app, environment })
    if (!found) throw new Error(`nothing was ever deployed to ${environment} of ${app}`)
    return found
  }
  const { number } = await step('revision', stepResults.revision, find, { signal: leaseSignal })
  return (await ledger.getRevision(app, environment, number)) ?? find()
}

/**
 * What an earlier attempt took down stays so: a request that came after it is too late.
 * @returns how the attempt ends where nothing may be taken down, undefined once it was
 */
async function takeDown(run: Run<'deploy'>, revision: Revision): Promise<Outcome | undefined> {
  if (run.isFinished('remove')) return undefined
  run.signal.throwIfAborted()
  const held = await judgeWorld(run, revision)
  if (held) return held
  const engine = run.worker.engines.deploy[revision.settings.engine]
  const work = (context: Parameters<typeof engine.remove>[1]) => engine.remove(revision, context).then(() => null)
  const timeoutMs = durationMs(revision.settings.timeout) + allowForStops([revision.settings])
  await run.step('remove', stepResults.nothing, work, { timeoutMs })
  return undefined
}

/** Says what is left. Nothing leads back from here but a deploy, so an abort is met like a cancel. */
async function explain(run: Run, revision: Revision, error: unknown): Promise<Outcome> {
  const outcome = outcomeOfError(error)
  if (outcome.type === 'lost' || outcome.type === 'handed-over') return outcome
  // What cannot be looked at is told as not known; the failure itself is what matters.
  const traffic = describeServed(await look(run, revision).catch(() => undefined))
  if (outcome.type !== 'failed' || outcome.failure.code === 'aborted') return { type: 'cancelled', result: { traffic } }
  return { type: 'failed', failure: { ...outcome.failure, diagnosis: joinLines(outcome.failure.diagnosis, traffic) } }
}
