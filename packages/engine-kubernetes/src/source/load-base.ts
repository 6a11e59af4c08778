import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node'
import { EngineError } from '@stevedore/engine'
import type { BaseManifests } from '../manifest/rebase.ts'
import { type KubernetesRelease, nameObjects } from '../names.ts'
import { readApplied } from '../state/drift.ts'
import type { Picture } from '../state/picture.ts'
import { findViolations } from './policy.ts'
import { readManifests } from './read-manifests.ts'

/**
 * The objects that a source's manifests declare, found allowed. Without the source, as when a deploy returns to a revision whose
 * checkout is gone, the K8sDeployment is the one that the cluster still remembers of it.
 * @throws EngineError `policy-violation`, `config-missing`
 */
export async function loadBase(
  release: KubernetesRelease,
  picture: Picture,
  signal: AbortSignal,
): Promise<BaseManifests> {
  const { sourceDir, settings } = release
  if (sourceDir === undefined) return recallBase(release, picture)
  const objects = await readManifests(sourceDir, settings.manifests ?? '.', signal)
  const violations = findViolations(objects, release)
  if (violations.length > 0) throw new EngineError('policy-violation', { diagnosis: violations.join('\n') })
  return splitBase(objects, nameObjects(release).main)
}

/** The one K8sDeployment, or of several the one that the spec names. */
export function splitBase(objects: KubernetesObject[], name: string): BaseManifests {
  const deployments = objects.filter(({ kind }) => kind === 'Deployment')
  const chosen = deployments.length === 1 ? deployments[0] : deployments.find(({ metadata }) => metadata?.name === name)
  if (!chosen || deployments.length > 1)
    throw new EngineError('policy-violation', {
      diagnosis: `the manifests hold ${deployments.length} Deployments where one is deployed`,
    })
  return { deployment: chosen as V1Deployment, others: objects.filter((object) => object !== chosen) }
}

function recallBase(release: KubernetesRelease, { main }: Picture): BaseManifests {
  const spec = main && readApplied({ ...main, revision: release.revision })
  if (spec) return { deployment: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {}, spec }, others: [] }
  throw new EngineError('config-missing', {
    diagnosis: `the manifests of revision ${release.revision} are not at hand: deploy its version again`,
  })
}
