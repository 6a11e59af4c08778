import { FailureError } from '@stevedore/contract'
import type { Manifest, ManifestOf } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { isFields } from '../spec/fields.ts'
import { keys, objectLabels } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import type { BaseManifests } from '../spec/rebase.ts'
import { readApplied } from './drift.ts'
import { requireAllowed } from './judge-manifests.ts'
import { readManifests } from './manifests.ts'
import { listWorkloads, type PlaceState } from './place-state.ts'

/**
 * The base of a release: what the cluster remembers of its revision, so that one that is tried again or returned to is as it was, else
 * the objects that the source's manifests declare, found allowed.
 * @throws FailureError as `readManifests` does, `policy-violation`
 */
export async function loadBase(
  reader: NamespaceReader,
  release: KubernetesRelease,
  state: PlaceState,
): Promise<BaseManifests> {
  const remembered = recallDeployment(release, state)
  if (remembered) {
    const hasIngress = await hasBroughtIngress(reader, release)
    return { deployment: remembered, others: [], hasIngress, isRemembered: true }
  }
  const { sourceDir, settings, revision } = release
  if (sourceDir === undefined)
    throw new FailureError('internal', { detail: `revision ${revision} has manifests and came without its source` })
  const objects = await readManifests(sourceDir, settings.manifests ?? '.', reader.signal)
  return splitBase(await requireAllowed(reader, objects, release))
}

function splitBase(objects: Manifest[]): BaseManifests {
  const deployments = objects.filter(isDeployment)
  const [deployment] = deployments
  if (!deployment || deployments.length > 1)
    throw new FailureError('manifests-invalid', {
      diagnosis: `the manifests hold ${deployments.length} Deployments where one is deployed`,
    })
  const others = objects.filter((object) => object !== deployment)
  return { deployment, others, hasIngress: others.some(({ kind }) => kind === 'Ingress'), isRemembered: false }
}

function isDeployment(object: Manifest): object is ManifestOf<'Deployment'> {
  return object.kind === 'Deployment'
}

function recallDeployment(release: KubernetesRelease, state: PlaceState): BaseManifests['deployment'] | undefined {
  const { revision } = release
  if (revision === 0) return undefined
  const specs = listWorkloads(state).map((workload) => readApplied({ ...workload, revision }))
  const spec = specs.find((one) => one !== undefined)
  return spec && { metadata: { name: nameObjects(release).main }, spec }
}

async function hasBroughtIngress(reader: NamespaceReader, release: KubernetesRelease): Promise<boolean> {
  if (!release.settings.ingress) return false
  const found = await reader.list('Ingress', { labels: objectLabels(release) })
  return found.some(({ metadata }) => metadata.annotations?.[keys.origin] !== undefined)
}

/**
 * A revision that the cluster remembers was allowed when it was deployed. Whoever asks for it anew is held to what is allowed today; a
 * rollout that goes wrong returns to it all the same.
 * @throws FailureError `policy-violation`
 */
export async function judgeRemembered(
  reader: NamespaceReader,
  release: KubernetesRelease,
  state: PlaceState,
): Promise<void> {
  const remembered = release.settings.manifests === undefined ? undefined : recallDeployment(release, state)
  if (!remembered) return
  const { metadata, spec } = remembered
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: dropOwnLabels(spec) }
  try {
    await requireAllowed(reader, [object as Manifest], release)
  } catch (error) {
    if (!(error instanceof FailureError) || error.code !== 'policy-violation') throw error
    const diagnosis = `revision ${release.revision} was deployed when more was allowed. Of its manifests these are refused today:\n${error.diagnosis}\ndeploy its version with manifests that leave them out`
    throw new FailureError('policy-violation', { diagnosis, cause: error })
  }
}

/** Less what Stevedore set on every object, which is not for manifests. */
function dropOwnLabels<T>(value: T): T {
  if (Array.isArray(value)) return value.map(dropOwnLabels) as T
  if (!isFields(value)) return value
  const kept = Object.entries(value).filter(([key]) => !key.startsWith('stevedore.io/'))
  return Object.fromEntries(kept.map(([key, inner]) => [key, dropOwnLabels(inner)])) as T
}
