import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node'
import { FailureError } from '@stevedore/contract'
import { type KubernetesRelease, nameObjects } from '../spec/names.ts'
import { findViolations } from '../spec/policy.ts'
import type { BaseManifests } from '../spec/rebase.ts'
import { readApplied } from './drift.ts'
import { listSlots, type Picture } from './place-state.ts'
import { readManifests } from './read-manifests.ts'

/**
 * The base of a release: what the cluster remembers of its revision, so that one that is tried again or returned to is as it was, else
 * the objects that the source's manifests declare, found allowed.
 * @throws FailureError `policy-violation`, `config-missing`
 */
export async function loadBase(
  release: KubernetesRelease,
  picture: Picture,
  signal: AbortSignal,
): Promise<BaseManifests> {
  const remembered = recallBase(release, picture)
  if (remembered) return remembered
  const { sourceDir, settings, revision } = release
  if (sourceDir === undefined)
    throw new FailureError('config-missing', {
      diagnosis: `the manifests of revision ${revision} are not at hand: deploy its version again`,
    })
  const objects = await readManifests(sourceDir, settings.manifests ?? '.', signal)
  const violations = findViolations(objects, release)
  if (violations.length > 0) throw new FailureError('policy-violation', { diagnosis: violations.join('\n') })
  return splitBase(objects, nameObjects(release).main)
}

/** The one K8sDeployment, or of several the one that the spec names. */
export function splitBase(objects: KubernetesObject[], name: string): BaseManifests {
  const deployments = objects.filter(({ kind }) => kind === 'Deployment')
  const chosen = deployments.length === 1 ? deployments[0] : deployments.find(({ metadata }) => metadata?.name === name)
  if (!chosen || deployments.length > 1)
    throw new FailureError('policy-violation', {
      diagnosis: `the manifests hold ${deployments.length} Deployments where one is deployed`,
    })
  return { deployment: chosen as V1Deployment, others: objects.filter((object) => object !== chosen) }
}

function recallBase({ revision }: KubernetesRelease, picture: Picture): BaseManifests | undefined {
  if (revision === 0) return undefined
  const specs = listSlots(picture).map((slot) => readApplied({ ...slot, revision }))
  const spec = specs.find((one) => one !== undefined)
  return spec && { deployment: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {}, spec }, others: [] }
}
