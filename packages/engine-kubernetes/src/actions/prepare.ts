import { FailureError } from '@stevedore/contract'
import type { Release } from '@stevedore/engine'
import { objectPath } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { argoStrategy, belongsTo, isStevedores, type KubernetesRelease, keys, nameObjects } from '../spec/names.ts'
import type { Blueprint } from '../spec/release-manifests.ts'
import { type Picture, takePicture } from '../state/place-state.ts'
import { findMissingRights } from '../state/rights.ts'
import { draw } from './action.ts'
import { requireArgo } from './argo.ts'
import { requireService } from './select.ts'

/** Refuses what cannot work: rights, a K8sDeployment of another place, and whatever the server itself refuses in a dry run. */
export async function prepare(reader: NamespaceReader, release: KubernetesRelease): Promise<void> {
  const missing = await findMissingRights(reader, release)
  if (missing.length > 0)
    throw new FailureError('forbidden-by-cluster', {
      diagnosis: `missing in ${reader.namespace}: ${missing.join(', ')}`,
    })
  const picture = await takePicture(reader, release)
  refuseForeign(release, picture)
  if (argoStrategy(release)) await requireArgo(reader)
  else if (release.settings.strategy.type !== 'rolling') requireService(release, picture)
  const blueprint = await draw(reader, release, picture)
  await rehearse(reader, release, picture, blueprint)
}

export function refuseForeign(release: Release & KubernetesRelease, { main, adopted }: Picture): void {
  if (!main || belongsTo(main.deployment, release)) return
  const { main: name } = nameObjects(release)
  if (isStevedores(main.deployment)) {
    const { [keys.app]: app, [keys.environment]: environment } = main.deployment.metadata?.labels ?? {}
    throw new FailureError('policy-violation', { diagnosis: `Deployment ${name} belongs to ${app} ${environment}` })
  }
  if (adopted && release.settings.manifests !== undefined)
    throw new FailureError('policy-violation', {
      diagnosis: `Deployment ${name} exists and was made by others: to adopt it, leave manifests out`,
    })
  if (adopted && argoStrategy(release))
    throw new FailureError('policy-violation', { diagnosis: `Rollout ${name} exists and was made by others` })
}

/** All writes as dry runs, then one pod: quotas, limits and pod security are judged only when a pod is made. */
export async function rehearse(
  reader: NamespaceReader,
  release: KubernetesRelease,
  picture: Picture,
  blueprint: Blueprint,
): Promise<void> {
  await Promise.all([
    ...blueprint.around.map((object) => reader.dryRun(object, true)),
    reader.dryRun(blueprint.rollout ?? blueprint.deployments.main, blueprint.force),
  ])
  if (!needsRoom(release, picture)) return
  const pods = objectPath('Pod', reader.namespace)
  await reader.cluster.create(pods, await buildTrialPod(reader, release, blueprint), { dryRun: true }, reader.signal)
}

/** Pods that are replaced without a surge fit into the room that the old ones leave. */
function needsRoom({ settings: { strategy } }: KubernetesRelease, { main }: Picture): boolean {
  return !main || strategy.type !== 'rolling' || !['0', '0%'].includes(String(strategy.maxSurge))
}

async function buildTrialPod(
  reader: NamespaceReader,
  release: KubernetesRelease,
  { template }: Blueprint,
): Promise<object> {
  const account = template.spec?.serviceAccountName
  // A first deploy's own account does not exist yet, and admission asks for it.
  const known = account !== undefined && (await reader.get('ServiceAccount', account)) !== undefined
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${nameObjects(release).main}-trial`, labels: template.metadata?.labels },
    spec: { ...template.spec, ...(account === undefined || known ? {} : { serviceAccountName: 'default' }) },
  }
}
