import { FailureError } from '@stevedore/contract'
import type { Manifest, ManifestOf } from '../client/kinds.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import { requireAllowed } from '../spec/policy.ts'
import type { BaseManifests } from '../spec/rebase.ts'
import { readApplied } from './drift.ts'
import { readManifests } from './manifests.ts'
import { listWorkloads, type PlaceState } from './place-state.ts'

/**
 * The base of a release: what the cluster remembers of its revision, so that one that is tried again or returned to is as it was, else
 * the objects that the source's manifests declare, found allowed.
 * @throws FailureError as `readManifests` does, `policy-violation`
 */
export async function loadBase(
  release: KubernetesRelease,
  state: PlaceState,
  signal: AbortSignal,
): Promise<BaseManifests> {
  const remembered = recallBase(release, state)
  if (remembered) return remembered
  const { sourceDir, settings, revision } = release
  if (sourceDir === undefined)
    throw new FailureError('internal', { detail: `revision ${revision} has manifests and came without its source` })
  const objects = await readManifests(sourceDir, settings.manifests ?? '.', signal)
  return splitBase(requireAllowed(objects, release))
}

function splitBase(objects: Manifest[]): BaseManifests {
  const deployments = objects.filter(isDeployment)
  const [deployment] = deployments
  if (!deployment || deployments.length > 1)
    throw new FailureError('manifests-invalid', {
      diagnosis: `the manifests hold ${deployments.length} Deployments where one is deployed`,
    })
  return { deployment, others: objects.filter((object) => object !== deployment) }
}

function isDeployment(object: Manifest): object is ManifestOf<'Deployment'> {
  return object.kind === 'Deployment'
}

function recallBase(release: KubernetesRelease, state: PlaceState): BaseManifests | undefined {
  const { revision } = release
  if (revision === 0) return undefined
  const specs = listWorkloads(state).map((workload) => readApplied({ ...workload, revision }))
  const spec = specs.find((one) => one !== undefined)
  return spec && { deployment: { metadata: { name: nameObjects(release).main }, spec }, others: [] }
}
