import type { Release } from '@stevedore/engine'
import type { Run } from '../../attempt/run.ts'
import { checkOut } from '../check-out.ts'
import type { Rollout, RolloutRevision } from './rollout.ts'

/** What an engine runs: the revision with its secrets' values and the source that holds its manifests. */
export async function openRelease(run: Run, revision: RolloutRevision, sourceDir?: string): Promise<Release> {
  const { app, environment, settings, image, version, number } = revision
  return {
    ...{ app, environment, settings, version, image },
    revision: number,
    secrets: await run.secrets.revealOf(revision),
    credential: await run.secrets.revealRegistryCredential(),
    changeCause: `stevedore ${run.job.kind} ${version} (revision ${number}, job ${run.job.id})`,
    ...(sourceDir !== undefined && { sourceDir }),
  }
}

/** The release of a number that the plan names: the new revision or the stable one. */
export async function openNumbered({ run, revision, sourceDir }: Rollout, number: number): Promise<Release> {
  if (number === revision.number) return openRelease(run, revision, sourceDir)
  const { app, environment } = revision
  const found = await run.ledger.getRevision(app, environment, number)
  if (!found) throw new Error(`revision ${number} of ${app} in ${environment} is gone`)
  return openRelease(run, found, sourceDir)
}

/** Checks the source out where the settings name manifests in it; undefined where they do not. */
export async function openManifests(run: Run, { settings }: RolloutRevision, signal: AbortSignal) {
  if (settings.engine !== 'kubernetes' || settings.manifests === undefined) return undefined
  return (await checkOut(run, { ref: null, upload: null }, signal)).dir
}
