import { type DeployPayload, defaultStrategy, type EnvironmentSpec, type RemovePayload } from '@stevedore/contract'
import { findEnvironment } from '@stevedore/domain'
import type { Place } from '@stevedore/engine'
import { createRevision, type Revision } from '@stevedore/ledger'
import type { Outcome } from '../executor/outcome.ts'
import type { Run } from '../executor/run.ts'
import { remove } from './remove.ts'
import { look } from './rollout/look.ts'
import { openRelease } from './rollout/release.ts'
import { rollOut } from './rollout/roll-out.ts'

/**
 * Makes a revision of the image and the settings, and rolls it out; a dry run shows the changes and makes none. A removal takes down what runs.
 */
export async function deploy(run: Run): Promise<Outcome> {
  const payload = run.job.payload as DeployPayload | RemovePayload
  if ('remove' in payload) return remove(run)
  const settings = settingsOf(run, payload)
  if (payload.dryRun) return preview(run, payload, settings)
  // An attempt that was told to abort has to come as far as the way back.
  const revision = await run.step('revision', () => record(run, payload, settings), { signal: run.leaseSignal })
  return rollOut(run, { revision, pin: false, unpin: payload.byPerson })
}

async function record(run: Run, payload: DeployPayload, settings: EnvironmentSpec): Promise<Revision> {
  const { app, specVersion } = run.job
  const environment = run.job.environment as string
  return createRevision(run.worker.ledger, {
    ...run.message,
    app,
    environment,
    above: await findHighest(run, { app, environment, settings }),
    image: payload.image,
    version: payload.version,
    settings,
    specVersion,
    strategy: settings.strategy.type,
    cause: 'deploy',
    by: run.by,
  })
}

/**
 * The highest revision that runs: a ledger that was restored from before, or begun anew, must not take its containers for those of a
 * revision of its own. What cannot be looked at has its say in the plan.
 */
async function findHighest(run: Run, place: Place): Promise<number> {
  const seen = await look(run, place).catch(() => undefined)
  return Math.max(0, ...(seen?.replicas ?? []).map(({ revision }) => revision))
}

function settingsOf(run: Run, payload: DeployPayload): EnvironmentSpec {
  const settings = findEnvironment(run.spec, run.job.environment as string)
  return payload.strategy && payload.strategy !== settings.strategy.type
    ? { ...settings, strategy: defaultStrategy(payload.strategy) }
    : settings
}

async function preview(run: Run, payload: DeployPayload, settings: EnvironmentSpec): Promise<Outcome> {
  const place = { app: run.job.app, environment: run.job.environment as string, settings }
  const changes = await run.step(
    'preview',
    async (context) => {
      const release = await openRelease(
        run,
        { ...place, number: 0, image: payload.image, version: payload.version },
        context,
      )
      return run.worker.engines.deploy[settings.engine].preview(release, context.signal)
    },
    { timeoutMs: 120_000 },
  )
  for (const change of changes) run.log(`${change.action} ${change.object}`)
  run.event('changes.previewed', { changes })
  return { type: 'succeeded', result: { dryRun: true, changes } }
}
