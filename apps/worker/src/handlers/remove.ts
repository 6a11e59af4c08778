import { durationMs, stepResults } from '@stevedore/contract'
import type { Revision } from '@stevedore/ledger'
import { type Outcome, outcomeOfError } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { findLinking } from './rollout/links.ts'
import { describeServed, look } from './rollout/observe.ts'
import { allowForStops } from './rollout/stop-allowance.ts'
import { joinLines } from './rollout/way-back.ts'

/** Takes an environment down, by the settings that it was deployed with, and records that it runs nothing. */
export async function remove(run: Run<'deploy'>): Promise<Outcome> {
  run.expectSteps(3)
  const revision = await findRevision(run)
  let volumes: string[]
  try {
    volumes = await listVolumes(run, revision)
    const held = await takeDown(run, revision)
    if (held) return held
  } catch (error) {
    return explain(run, revision, error)
  }
  return record(run, revision, volumes)
}

async function record(run: Run<'deploy'>, revision: Revision, volumes: string[]): Promise<Outcome> {
  const { app, environment, number } = revision
  const isGone = isWithData(run) && volumes.length > 0
  const data = isGone ? { revision: number, volumes } : undefined
  await run.ledger.recordRemoval({ app, environment, data, forgetServices: isWithData(run) })
  const linkedFrom = await findLinking(run, revision)
  const left = linkedFrom.length > 0 ? { linkedFrom } : {}
  if (linkedFrom.length > 0) run.log(`links lead nowhere now from ${linkedFrom.join(', ')}`)
  if (volumes.length === 0) return { type: 'succeeded', result: { removed: number, ...left } }
  const names = volumes.join(', ')
  run.log(isGone ? `removed with all that was in them: ${names}` : `left with all that is in them: ${names}`)
  return {
    type: 'succeeded',
    result: { removed: number, [isGone ? 'volumesRemoved' : 'volumesLeft']: volumes, ...left },
  }
}

function isWithData({ job: { resolved } }: Run<'deploy'>): boolean {
  return 'remove' in resolved && resolved.withData === true
}

/** Those that were there when the job began: what an earlier attempt removed is told as well. */
async function listVolumes(run: Run<'deploy'>, revision: Revision): Promise<string[]> {
  const engine = run.worker.engines.deploy[revision.settings.engine]
  const options = { signal: run.leaseSignal, timeoutMs: lookTimeoutMs }
  return run.step('volumes', stepResults.volumes, ({ signal }) => engine.listVolumes(revision, signal), options)
}

const lookTimeoutMs = 60_000

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
  const work = (context: Parameters<typeof engine.remove>[1]) =>
    engine.remove(revision, context, { withData: isWithData(run) }).then(() => null)
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
