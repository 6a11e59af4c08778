import { keys, nameObjects, placeLabels } from '../names.ts'
import { listSlots, takePicture } from '../state/picture.ts'
import { awaitLeft, removeNext } from './leave.ts'
import { selectSlots } from './select.ts'
import { type Work, watchPlace } from './work.ts'
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
  await removeOwn(work, 'Ingress', names.main)
  await removeOwn(work, 'HorizontalPodAutoscaler', names.main, autoscaling)
  if (picture.adopted) await leaveAdopted(work)
  else {
    await removeOwn(work, 'Service', names.service)
    for (const name of [names.next, names.main]) await removeOwn(work, 'Deployment', name)
    if (picture.argo) await removeOwn(work, 'Rollout', names.main)
    await awaitGone(work)
  }
  for (const { metadata } of jobs) if (metadata?.labels?.[keys.role]) await writer.remove('Job', metadata.name ?? '')
  await removeOwn(work, 'PodDisruptionBudget', names.main, policy)
  await removeOwn(work, 'ServiceAccount', names.account)
  for (const name of secrets) if (isOwnSecret(name, names.main)) await writer.remove('Secret', name)
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
