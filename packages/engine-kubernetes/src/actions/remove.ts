import type { Kind } from '../client/kinds.ts'
import { keys, nameObjects, objectLabels, placeLabels } from '../spec/names.ts'
import { listSlots, takePicture } from '../state/place-state.ts'
import { type Work, watchPlace } from './action.ts'
import { awaitLeft, removeNext } from './remove-next.ts'
import { selectSlots } from './select.ts'
import { listSecrets, removeOwn } from './write-objects.ts'

/** Removes what Stevedore made for a place; what it adopted stays as it runs. */
export async function remove(work: Work): Promise<void> {
  const { place, writer } = work
  const names = nameObjects(place)
  const { policy, autoscaling } = await writer.describe()
  const picture = await takePicture(writer, place)
  const jobs = await writer.list('Job', { labels: placeLabels(place) })
  const secrets = new Set(
    [...listSlots(picture).flatMap(({ deployment, replicaSets }) => [deployment, ...replicaSets]), ...jobs].flatMap(
      listSecrets,
    ),
  )
  await removeAll(work, 'Ingress')
  await removeAll(work, 'HorizontalPodAutoscaler', autoscaling)
  if (picture.adopted) await leaveAdopted(work)
  else {
    await removeAll(work, 'Service')
    for (const name of [names.next, names.main]) await removeOwn(work, 'Deployment', name)
    if (picture.argo) await removeOwn(work, 'Rollout', names.main)
    await awaitGone(work)
  }
  for (const { metadata } of jobs) if (metadata?.labels?.[keys.role]) await writer.remove('Job', metadata.name ?? '')
  await removeAll(work, 'PodDisruptionBudget', policy)
  await removeAll(work, 'ServiceAccount')
  if (place.settings.manifests !== undefined)
    for (const kind of ['ConfigMap', 'NetworkPolicy'] as const) await removeAll(work, kind)
  for (const name of secrets) if (isOwnSecret(name, names.main)) await writer.remove('Secret', name)
}

/** Every object of a kind that carries the place's labels. */
async function removeAll({ place, writer }: Work, kind: Kind, version?: string): Promise<void> {
  const found = await writer.list(kind, { labels: objectLabels(place) }, version)
  for (const { metadata } of found) await writer.remove(kind, metadata?.name ?? '', version)
}

/** Secret objects are not read, so they are known by their names. */
function isOwnSecret(name: string, main: string): boolean {
  return name === `${main}-pull` || name.startsWith(`${main}-env-`)
}

async function leaveAdopted(work: Work): Promise<void> {
  const picture = await takePicture(work.writer, work.place)
  if (!picture.next) return
  await selectSlots(work, ['main'], picture)
  await removeNext(work, await takePicture(work.writer, work.place))
}

/** With its K8sDeployment gone a pod is left to the cluster's collector, which comes a moment later. */
async function awaitGone(work: Work): Promise<void> {
  await awaitLeft(work, (picture) => listSlots(picture).length === 0)
  for await (const _ of watchPlace(work)) {
    const pods = await work.writer.list('Pod', { labels: placeLabels(work.place) })
    if (pods.every(({ metadata }) => metadata?.deletionTimestamp)) return
  }
}
