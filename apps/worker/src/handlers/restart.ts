import { type EnvironmentSpec, FailureError, stepResults } from '@stevedore/contract'
import type { Revision } from '@stevedore/ledger'
import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { rollOut } from './rollout/roll-out.ts'

/**
 * Replaces all that an environment runs by the same again, as a revision of its own: so history says since when it runs, and what fails is
 * turned back like a deploy. What was migrated for it is not migrated again.
 */
export async function restart(run: Run<'deploy'>): Promise<Outcome> {
  const serving = await findServing(run)
  const { app, environment, settings } = serving
  const held = run.isFinished('plan') ? undefined : await judgeWorld(run, { app, environment, settings })
  if (held) return held
  const revision = await record(run, serving)
  run.log(`revision ${revision.number} is revision ${serving.number} again`)
  const afresh = { ...revision, settings: withoutTrial(revision.settings), again: serving.number }
  return rollOut(run, { revision: afresh, pin: false, unpin: false, keepsSecrets: true })
}

/** What ran when the job began: an attempt that takes over restarts the same. */
export async function findServing({ job, ledger, step, leaseSignal }: Run<'deploy'>): Promise<Revision> {
  const { app, environment } = job
  const find = async () => {
    const number = (await ledger.getEnvironment(app, environment))?.currentRevision
    if (number == null) throw new FailureError('nothing-runs')
    return { number }
  }
  const { number } = await step('serving', stepResults.revision, find, { signal: leaseSignal })
  const found = await ledger.getRevision(app, environment, number)
  if (!found) throw new FailureError('nothing-runs', { diagnosis: `revision ${number} is no longer kept` })
  return found
}

async function record(run: Run<'deploy'>, serving: Revision): Promise<Revision> {
  const { app, environment, image, version, settings, specVersion, strategy, secrets, scale, target } = serving
  const make = () =>
    run.ledger.createRevision({
      ...{ app, environment, image, version, settings, specVersion, strategy, secrets, scale, target },
      defaultMemory: serving.defaultMemory,
      cause: `restart of ${serving.number}`,
    })
  const { number } = await run.step('revision', stepResults.revision, make, { signal: run.leaseSignal })
  const revision = await run.ledger.getRevision(app, environment, number)
  if (!revision) throw new Error(`revision ${number} of ${app} in ${environment} is gone`)
  return revision
}

/** The same needs no trial with a part of the traffic, and nothing of it has to stay warm beside itself. */
function withoutTrial(settings: EnvironmentSpec): EnvironmentSpec {
  const { strategy } = settings
  const isTried = strategy.type === 'blue-green' || (strategy.type === 'canary' && strategy.controller === 'stevedore')
  const given = { ...settings, migrate: undefined }
  return isTried ? { ...given, strategy: { type: 'blue-green', scaleDownDelay: '0s' } } : given
}
