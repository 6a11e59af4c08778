import type { Release, WorkContext } from '@stevedore/engine'
import { getRevision, type Revision } from '@stevedore/ledger'
import type { Run } from '../../executor/run.ts'
import { revealRegistryCredential, revealSecrets } from '../credentials.ts'
import { fetchSource } from '../fetch-source.ts'

/** A revision as far as a release needs it. */
export type RevisionFacts = Pick<Revision, 'app' | 'environment' | 'number' | 'image' | 'version' | 'settings'>

/** What an engine runs: the revision with its secrets' values and, where its settings name manifests, the source that holds them. */
export async function openRelease(run: Run, revision: RevisionFacts, context: WorkContext): Promise<Release> {
  const { app, environment, settings, image, version } = revision
  return {
    app,
    environment,
    settings,
    revision: revision.number,
    version,
    image,
    secrets: await revealSecrets(run, settings.secrets, environment),
    credential: await revealRegistryCredential(run),
    changeCause: `stevedore ${run.job.kind} ${version} (revision ${revision.number}, job ${run.job.id})`,
    ...(settings.engine === 'kubernetes' && settings.manifests
      ? { sourceDir: await fetchManifests(run, context) }
      : {}),
  }
}

async function fetchManifests(run: Run, context: WorkContext): Promise<string> {
  return (await fetchSource(run, context, { ref: null, upload: null })).dir
}

/** The release of a number that the plan names: the new revision or the stable one. */
export async function openNumbered(
  run: Run,
  number: number,
  next: RevisionFacts,
  context: WorkContext,
): Promise<Release> {
  if (number === next.number) return openRelease(run, next, context)
  const found = await getRevision(run.worker.ledger, next.app, next.environment, number)
  if (!found) throw new Error(`revision ${number} of ${next.app} in ${next.environment} is gone`)
  return openRelease(run, found, context)
}
