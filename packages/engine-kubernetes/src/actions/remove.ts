import type { Kind } from '../client/kinds.ts'
import { keys, objectLabels, placeLabels } from '../spec/labels.ts'
import { nameObjects } from '../spec/names.ts'
import { isOwnSecret } from '../spec/secret.ts'
import { listOwnClaims } from '../state/claims.ts'
import { listWorkloads, type PlaceState } from '../state/place-state.ts'
import { readProcesses } from '../state/processes.ts'
import { hasConfigMaps, hasPolicies } from '../state/rights.ts'
import { listSecrets } from '../state/workload.ts'
import { type Action, awaitState, readState } from './action.ts'
import { removeCompanions } from './remove-companions.ts'
import { awaitLeft, removeNext } from './remove-next.ts'
import { endCronJobs } from './roll-beside.ts'
import { endProcesses } from './roll-processes.ts'
import { selectSlots } from './route.ts'
import { removeOwn } from './write-objects.ts'

/** Removes what Stevedore made for a place; what it adopted stays as it runs. */
export async function remove(action: Action, { withData = false }: { withData?: boolean } = {}): Promise<void> {
  const { place, writer } = action
  const { policy, autoscaling } = await writer.readCapabilities()
  const state = await readState(action)
  const jobs = await writer.list('Job', { labels: placeLabels(place) })
  await removeAll(action, 'Ingress')
  await removeAll(action, 'HorizontalPodAutoscaler', autoscaling)
  await endCronJobs(action, () => true)
  const processes = await readProcesses(writer, place)
  await endProcesses(action, () => true)
  if (state.adopted) await leaveAdopted(action)
  else await removeWorkloads(action, state)
  const isOwn = (labels: Record<string, string> = {}) => keys.role in labels || keys.command in labels
  for (const { metadata } of jobs) if (isOwn(metadata.labels)) await writer.remove('Job', metadata.name)
  await removeCompanions(action)
  await removeAll(action, 'PodDisruptionBudget', policy)
  await removeAll(action, 'ServiceAccount')
  if (hasConfigMaps(place)) await removeAll(action, 'ConfigMap')
  if (hasPolicies(place)) await removeAll(action, 'NetworkPolicy')
  await removeSecrets(
    action,
    [...listTemplated(state), ...processes.map(({ deployment }) => deployment), ...jobs].flatMap(listSecrets),
  )
  if (withData) await removeClaims(action)
}

/** The cluster lets a claim go once no pod has it any more. */
async function removeClaims(action: Action): Promise<void> {
  const { place, writer, context } = action
  for (const { metadata } of await listOwnClaims(writer, place)) {
    await writer.remove('PersistentVolumeClaim', metadata.name)
    context.log(`PersistentVolumeClaim ${metadata.name} removed`)
  }
  await awaitState(action, async () => (await listOwnClaims(writer, place)).length === 0)
}

/** Every object of a kind that carries the place's labels, but those of companions, which end later. */
async function removeAll({ place, writer }: Action, kind: Kind, version?: string): Promise<void> {
  const found = await writer.list(kind, { labels: objectLabels(place) }, version)
  const own = found.filter(({ metadata }) => metadata.labels?.[keys.service] === undefined)
  for (const { metadata } of own) await writer.remove(kind, metadata.name, version)
}

async function removeWorkloads(action: Action, { argo }: PlaceState): Promise<void> {
  const { main, next } = nameObjects(action.place)
  await removeAll(action, 'Service')
  for (const name of [next, main]) await removeOwn(action, 'Deployment', name)
  if (argo) await removeOwn(action, 'Rollout', main)
  await awaitGone(action)
}

async function leaveAdopted(action: Action): Promise<void> {
  const state = await readState(action)
  if (!state.next) return
  await selectSlots(action, ['main'], state)
  await removeNext(action, await readState(action))
}

/** With its K8sDeployment gone a pod is left to the cluster's collector, which comes a moment later. */
async function awaitGone(action: Action): Promise<void> {
  const { place, writer } = action
  await awaitLeft(action, (state) => listWorkloads(state).length === 0)
  await awaitState(action, async () => {
    const pods = await writer.list('Pod', { labels: placeLabels(place) })
    return pods.every(({ metadata }) => metadata.deletionTimestamp)
  })
}

function listTemplated(state: PlaceState) {
  return listWorkloads(state).flatMap(({ deployment, replicaSets }) => [deployment, ...replicaSets])
}

/** Secret objects are not read, so they are known by their names. */
async function removeSecrets({ place, writer }: Action, names: readonly string[]): Promise<void> {
  const own = names.filter((name) => isOwnSecret(place, name))
  for (const name of new Set(own)) await writer.remove('Secret', name)
}
