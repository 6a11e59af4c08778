import { FailureError, type RolloutAction, registryOfImage } from '@stevedore/contract'
import type { RegistryCredential, Release } from '@stevedore/engine'
import type { Run } from '../../attempt/run.ts'
import { checkOut, nameAsked } from '../check-out.ts'
import { findLinked } from './links.ts'
import type { Rollout, RolloutRevision } from './rollout.ts'

/** What an engine runs: the revision with its secrets' values and the source that holds its manifests. */
export async function openRelease(
  run: Run,
  revision: RolloutRevision,
  sourceDir?: string,
  reveal = revealCredential,
): Promise<Release> {
  const { app, environment, settings, image, version, number } = revision
  return {
    ...{ app, environment, settings, version, image },
    revision: number,
    secrets: await run.secrets.revealOf(revision),
    credential: await reveal(run, image),
    ...(await findLinked(run, revision)),
    changeCause: `stevedore ${run.job.kind} ${version} (revision ${number}, job ${run.job.id})`,
    ...(sourceDir !== undefined && { sourceDir }),
    ...(revision.defaultMemory !== undefined && { defaultMemory: revision.defaultMemory }),
    ...(revision.scale && { scale: revision.scale }),
    ...(revision.again !== undefined && { again: revision.again }),
  }
}

/** The stored sign-in for where an image is. */
export async function revealCredential(run: Run, image: string): Promise<RegistryCredential | undefined> {
  const registry = registryOfImage(image)
  return registry === undefined ? undefined : run.secrets.revealRegistryCredential(registry)
}

/** Of an earlier revision, which may be of a registry that the app has left: what ran has its image as a rule, and is not given up. */
export async function revealIfBound(run: Run, image: string): Promise<RegistryCredential | undefined> {
  return revealCredential(run, image).catch((error: unknown) => {
    if (!(error instanceof FailureError) || error.code !== 'credential-rebind') throw error
    run.log(`${error.diagnosis}: the earlier revision goes on without it`)
    return undefined
  })
}

/** The release of a number that the plan names: the new revision or the stable one. */
export async function openNumbered(rollout: Rollout, number: number): Promise<Release> {
  const revision = await findNumbered(rollout, number)
  const { job } = rollout.run
  const isNew = number === rollout.revision.number && job.kind !== 'rollback' && !('restart' in job.resolved)
  const reveal = isNew ? revealCredential : revealIfBound
  return openRelease(rollout.run, revision, namesManifests(revision) ? rollout.sourceDir : undefined, reveal)
}

/**
 * Whose settings say where traffic comes in: those of the only revision that gets any, which on the way back is the stable one; else those
 * of the new one.
 */
export async function findRouted(rollout: Rollout, weights: Record<number, number>): Promise<RolloutRevision> {
  return findNumbered(rollout, findOnly(weights) ?? rollout.revision.number)
}

export function findOnly(weights: Record<number, number>): number | undefined {
  const [only, ...others] = Object.entries(weights).filter(([, percent]) => percent > 0)
  return only && others.length === 0 ? Number(only[0]) : undefined
}

async function findNumbered({ run, revision }: Rollout, number: number): Promise<RolloutRevision> {
  if (number === revision.number) return revision
  const { app, environment } = revision
  const found = await run.ledger.getRevision(app, environment, number)
  if (!found) throw new Error(`revision ${number} of ${app} in ${environment} is gone`)
  return found
}

function namesManifests({ settings }: RolloutRevision): boolean {
  return settings.engine === 'kubernetes' && settings.manifests !== undefined
}

/**
 * Checks the source out for an action whose release takes its manifests from there: once in an attempt, and not before, so that an
 * attempt which only looks at a pause, or only moves traffic, needs no repository. What a restart runs again the engine remembers.
 */
export async function openSource(rollout: Rollout, action: RolloutAction, signal: AbortSignal): Promise<void> {
  const number = releaseNumber(rollout, action)
  const isAgain = 'restart' in rollout.run.job.resolved
  if (rollout.sourceDir !== undefined || number === undefined || isAgain) return
  rollout.sourceDir = await openManifests(rollout.run, await findNumbered(rollout, number), signal)
}

/** Whose release an action is given; undefined for those that work on what is there. */
function releaseNumber({ revision }: Rollout, action: RolloutAction): number | undefined {
  if (action.do === 'prepare' || action.do === 'migrate' || action.do === 'check') return revision.number
  return action.do === 'scale-up' || action.do === 'roll' || action.do === 'finalize' ? action.revision : undefined
}

/** Checks the source out where the settings name manifests in it; undefined where they do not. */
export async function openManifests(
  run: Run,
  revision: RolloutRevision,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!namesManifests(revision)) return undefined
  return (await checkOut(run, nameAsked(run.job), signal)).dir
}
