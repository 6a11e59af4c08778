import { findEnvironment } from '@stevedore/admission'
import {
  defaultStrategy,
  type EnvironmentSpec,
  FailureError,
  findVolumeLosses,
  listVolumes,
  type ResolvedDeploy,
  stepResults,
} from '@stevedore/contract'
import { noteRollout, noteScale, noteServices } from '@stevedore/domain'
import type { Revision } from '@stevedore/ledger'
import type { Outcome } from '../attempt/outcome.ts'
import type { Run } from '../attempt/run.ts'
import { adopt } from './adopt.ts'
import { continuePipeline } from './continue-pipeline.ts'
import { remove } from './remove.ts'
import { restart } from './restart.ts'
import { restartProcess } from './restart-process.ts'
import { takeFromImage } from './rollout/from-image.ts'
import { takeFiles } from './rollout/from-source.ts'
import { judgeWorld } from './rollout/judge-world.ts'
import { listKnown } from './rollout/known-companions.ts'
import { tellLinks } from './rollout/links.ts'
import { openManifests, openRelease } from './rollout/release.ts'
import { rollOut } from './rollout/roll-out.ts'
import { scale } from './scale.ts'
import { updateService } from './update-service.ts'

/**
 * Makes a revision of the image and the settings, and rolls it out; a dry run shows the changes and makes none. A removal takes down what runs,
 * an adoption takes it as it is, a restart replaces it by the same, a scale
 * changes how much of it there is, a companion is changed by itself.
 */
export async function deploy(run: Run<'deploy'>): Promise<Outcome> {
  const { resolved } = run.job
  await run.secrets.hideGiven(run.job)
  if ('remove' in resolved) return remove(run)
  if ('adopt' in resolved) return adopt(run)
  if ('restart' in resolved)
    return resolved.process === undefined ? restart(run) : restartProcess(run, resolved.process)
  if ('scale' in resolved) return scale(run, resolved.scale)
  if ('service' in resolved) return updateService(run, resolved.service)
  const settings = chooseSettings(run, resolved)
  if (!run.isFinished('revision')) await refuseLosses(run, settings)
  if (resolved.dryRun) return preview(run, resolved, settings)
  const { app, environment } = run.job
  const held = run.isFinished('plan') ? undefined : await judgeWorld(run, { app, environment, settings })
  if (held) return held
  if (!run.isFinished('plan')) for (const line of noteScale(settings, await findServing(run))) run.log(line)
  if (!run.isFinished('plan')) for (const line of await tellLinks(run, { app, environment, settings })) run.log(line)
  const revision = await record(run, resolved, settings)
  const outcome = await rollOut(run, { revision, pin: false, unpin: resolved.byPerson })
  if (outcome.type !== 'succeeded' || !('traffic' in outcome.result && 'revision' in outcome.result)) return outcome
  return continuePipeline(run, { version: revision.version, target: revision.target ?? undefined }, outcome.result)
}

function chooseSettings({ spec, job }: Run<'deploy'>, { strategy }: ResolvedDeploy): EnvironmentSpec {
  const settings = findEnvironment(spec, job.environment)
  return strategy && strategy !== settings.strategy.type
    ? { ...settings, strategy: defaultStrategy(strategy) }
    : settings
}

/** An attempt that was told to abort has to come as far as the way back, so only a lost lease keeps it from its revision. */
async function record(run: Run<'deploy'>, resolved: ResolvedDeploy, settings: EnvironmentSpec): Promise<Revision> {
  const { app, environment, specVersion } = run.job
  const { image, version } = resolved
  // What is not there fails the deploy before anything is touched.
  const given = run.isFinished('revision') ? settings : await takeFiles(run, settings, resolved)
  const { number } = await run.step(
    'revision',
    stepResults.revision,
    async (context) => {
      const signal = AbortSignal.any([context.signal, run.signal])
      const own = await takeFromImage(run, { settings: given, image }, { ...context, signal })
      return run.ledger.createRevision({
        ...{ app, environment, image, version, settings: own, specVersion },
        defaultMemory: run.worker.config.appLimits.memory,
        strategy: settings.strategy.type,
        cause: 'deploy',
      })
    },
    { signal: run.leaseSignal },
  )
  const revision = await run.ledger.getRevision(app, environment, number)
  if (!revision) throw new Error(`revision ${number} of ${app} in ${environment} is gone`)
  return revision
}

const previewTimeoutMs = 120_000

async function preview(run: Run<'deploy'>, resolved: ResolvedDeploy, declared: EnvironmentSpec): Promise<Outcome> {
  const { app, environment } = run.job
  const { image, version, target } = resolved
  const settings = await takeFiles(run, declared, resolved)
  const given = { app, environment, settings, number: 0, image, version, target, secrets: [] }
  const sourceDir = await openManifests(run, given, run.signal)
  const changes = await run.step(
    'preview',
    stepResults.preview,
    async (context) => {
      const revision = { ...given, settings: await takeFromImage(run, { settings, image }, context) }
      const release = await openRelease(run, revision, sourceDir)
      return run.worker.engines.deploy[settings.engine].preview(release, context.signal)
    },
    { timeoutMs: previewTimeoutMs },
  )
  const known = await listKnown(run, { app, environment })
  const notes = [
    ...noteRollout(settings, await findServing(run)),
    ...noteServices({ app, environment, settings }, known),
    ...(await tellLinks(run, { app, environment, settings })),
  ]
  for (const line of [...notes, ...changes.map(({ action, object }) => `${action} ${object}`)]) run.log(line)
  const told = { changes, ...(notes.length > 0 ? { notes } : {}) }
  run.event('changes.previewed', told)
  return { type: 'succeeded', result: { dryRun: true, ...told } }
}

async function findServing({ ledger, job }: Run<'deploy'>): Promise<Revision | undefined> {
  const { app, environment } = job
  const number = (await ledger.getEnvironment(app, environment))?.currentRevision
  return number == null ? undefined : ledger.getRevision(app, environment, number)
}

/** A cluster would refuse them one by one, when what runs is stopped already. @throws FailureError `volume-fixed` */
async function refuseLosses(run: Run<'deploy'>, settings: EnvironmentSpec): Promise<void> {
  const before = listVolumes(settings).length > 0 ? (await findServing(run))?.settings : undefined
  if (!before || !isSameCluster(before, settings)) return
  const losses = findVolumeLosses(before, settings)
  if (losses.length > 0) throw new FailureError('volume-fixed', { diagnosis: losses.join('\n') })
}

function isSameCluster(before: EnvironmentSpec, after: EnvironmentSpec): boolean {
  if (before.engine !== 'kubernetes' || after.engine !== 'kubernetes') return false
  return before.namespace === after.namespace && before.context === after.context
}
