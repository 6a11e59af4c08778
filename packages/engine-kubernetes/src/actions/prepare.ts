import { FailureError, listFiles, listProcesses, listServices, listVolumes } from '@stevedore/contract'
import { requireKnownUser } from '@stevedore/engine'
import type { Manifest } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { belongsTo } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import { isClosedIn } from '../spec/network-policy.ts'
import { argoStrategy, type KubernetesRelease } from '../spec/place.ts'
import type { ReleaseManifests } from '../spec/release-manifests.ts'
import { judgeRemembered } from '../state/base-manifests.ts'
import { type PlaceState, readPlaceState } from '../state/place-state.ts'
import { requireRights } from '../state/rights.ts'
import { buildManifests } from './action.ts'
import { requireArgo } from './argo.ts'
import { refuseTakenCompanions } from './refuse-taken-companions.ts'
import { rehearseBeside } from './roll-beside.ts'
import { buildProcesses, refuseTaken } from './roll-processes.ts'
import { requireService } from './route.ts'
import { tryPod } from './try-pod.ts'
import { refuseStranger } from './write-objects.ts'

/** Refuses what cannot work: rights, a K8sDeployment of another place, and whatever the server itself refuses in a dry run. */
export async function prepare(reader: NamespaceReader, release: KubernetesRelease): Promise<void> {
  await requireRights(reader, release)
  const state = await readPlaceState(reader, release)
  refuseForeign(release, state)
  await judgeRemembered(reader, release, state)
  // Where the pods are others', so is their user.
  if (!state.adopted && release.settings.manifests === undefined) requireKnownUser(release)
  if (argoStrategy(release)) await requireArgo(reader)
  else if (!['rolling', 'recreate'].includes(release.settings.strategy.type)) requireService(release, state)
  await refuseTakenCompanions(reader, release)
  const manifests = await buildManifests(reader, release, state)
  await rehearse(reader, release, state, manifests)
  await rehearseBeside(reader, release, manifests.beside)
  for (const { deployment } of await buildProcesses(reader, release)) {
    await refuseTaken(reader, release, deployment)
    await reader.dryRun(deployment, true)
  }
}

/** @throws FailureError `policy-violation` for what is another place's, or others' where it cannot be adopted */
export function refuseForeign(release: KubernetesRelease, { main, strangers }: PlaceState): void {
  const [stranger] = strangers
  if (stranger) throw refuseStranger(stranger)
  const diagnosis = main && !belongsTo(main.deployment, release) && describeForeign(release, main.deployment)
  if (diagnosis) throw new FailureError('policy-violation', { diagnosis })
}

function describeForeign(release: KubernetesRelease, deployment: Pick<Manifest, 'metadata'>): string | undefined {
  const { name } = deployment.metadata
  if (release.settings.manifests !== undefined)
    return `Deployment ${name} exists and was made by others: to adopt it, leave manifests out`
  if (listVolumes(release.settings).length > 0)
    return `Deployment ${name} was made by others, and so are its volumes: to adopt it, leave volumes out`
  if (listFiles(release.settings).length > 0)
    return `Deployment ${name} was made by others, and so are the files of its pods: to adopt it, leave files out`
  if (listProcesses(release.settings).length > 0)
    return `Deployment ${name} was made by others, and so are those beside it: to adopt it, leave processes out`
  if (listServices(release.settings).length > 0)
    return `Deployment ${name} was made by others, and its pods find no companions by their names: to adopt it, leave services out`
  if (isClosedIn(release.settings) || release.settings.links)
    return `Deployment ${name} was made by others, and so are its pods and their policies: to adopt it, leave networkPolicy, links and linkedBy out`
  return argoStrategy(release) ? `Rollout ${name} exists and was made by others` : undefined
}

/** All writes as dry runs, then one pod: quotas, limits and pod security are judged only when a pod is made. */
export async function rehearse(
  reader: NamespaceReader,
  release: KubernetesRelease,
  state: PlaceState,
  manifests: ReleaseManifests,
): Promise<void> {
  const { supporting, rollout, deployments, force } = manifests
  await Promise.all([
    ...supporting.map((object) => reader.dryRun(object, object.kind !== 'Secret' || release.settings.force)),
    reader.dryRun(rollout ?? deployments.main, force),
  ])
  if (!needsRoom(release, state)) return
  await tryPod(reader, nameObjects(release).main, manifests.template)
}

/** Pods that are replaced without a surge fit into the room that the old ones leave. */
function needsRoom({ settings: { strategy } }: KubernetesRelease, { main }: PlaceState): boolean {
  if (strategy.type === 'recreate') return !main
  return !main || strategy.type !== 'rolling' || !['0', '0%'].includes(String(strategy.maxSurge))
}
