import { FailureError } from '@stevedore/contract'
import type { Manifest } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { isFields } from '../spec/fields.ts'
import { keys, objectLabels } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import type { BaseManifests } from '../spec/rebase.ts'
import { splitBase } from '../spec/split-base.ts'
import { recallBeside, requireClaims } from './beside.ts'
import { readApplied, readNote } from './drift.ts'
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
  const remembered = await recallBase(reader, release, state)
  if (remembered) return remembered
  const { sourceDir, settings, revision, again = revision } = release
  if (sourceDir === undefined)
    throw new FailureError('needs-attention', {
      diagnosis: `the cluster no longer has what the manifests of revision ${again} made: deploy its version anew`,
    })
  const objects = await requireAllowed(
    reader,
    await readManifests(sourceDir, settings.manifests ?? '.', reader.signal),
    release,
  )
  const base = splitBase(objects, release)
  await requireClaims(reader, base, release)
  return base
}

/** Its own, which it may have begun to write, before that of the revision which it is again. */
async function recallBase(
  reader: NamespaceReader,
  release: KubernetesRelease,
  state: PlaceState,
): Promise<BaseManifests | undefined> {
  const { revision, again = revision } = release
  for (const one of new Set([revision, again])) {
    const former = { ...release, revision: one }
    const found = recallDeployment(former, state)
    if (!found) continue
    const isAgain = one !== revision
    const beside = await recallBeside(reader, former, found.mark)
    const hasIngress = await hasBroughtIngress(reader, release)
    const mark = isAgain ? undefined : found.mark
    return { ...found, mark, beside, others: [], hasIngress, isRemembered: true, isAgain }
  }
  return undefined
}

function recallDeployment(
  release: KubernetesRelease,
  state: PlaceState,
): Pick<BaseManifests, 'deployment' | 'mark'> | undefined {
  const { revision } = release
  if (revision === 0) return undefined
  const found = listWorkloads(state).find((workload) => readApplied({ ...workload, revision }) !== undefined)
  const spec = found && readApplied({ ...found, revision })
  if (!found || !spec) return undefined
  const mark = readNote({ ...found, revision }, keys.beside)
  return { deployment: { metadata: { name: nameObjects(release).main }, spec }, mark }
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
  const remembered = release.settings.manifests === undefined ? undefined : await recallBase(reader, release, state)
  if (!remembered) return
  const { deployment, beside = [] } = remembered
  const serving = { apiVersion: 'apps/v1', kind: 'Deployment', ...deployment }
  const objects = [serving as Manifest, ...beside]
  try {
    await requireAllowed(reader, objects.map(dropOwnLabels), release)
  } catch (error) {
    if (!(error instanceof FailureError) || error.code !== 'policy-violation') throw error
    const diagnosis = `revision ${release.again ?? release.revision} was deployed when more was allowed. Of its manifests these are refused today:\n${error.diagnosis}\ndeploy its version with manifests that leave them out`
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
