import { listProcesses } from '@stevedore/contract'
import { openProcess } from '@stevedore/engine'
import type { ManifestOf } from '../client/kinds.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import type { ManifestFacts } from '../spec/container.ts'
import { belongsTo } from '../spec/labels.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import { buildProcess, processLabels } from '../spec/processes.ts'
import { nameEnvSecret } from '../spec/secret.ts'
import { readAliases } from '../state/companions.ts'
import { readDefaultMemory } from '../state/default-memory.ts'
import { readLinkAliases } from '../state/links.ts'
import { isWanted, type ProcessWorkload, readProcesses } from '../state/processes.ts'
import { type Action, awaitState, buildManifests, type ReleaseAction, readState } from './action.ts'
import { awaitUp, findOwn } from './await-up.ts'
import { createReplicaReporter } from './report-replicas.ts'
import { endCronJobs, rollBeside } from './roll-beside.ts'
import { refuseStranger, servesAsApplied } from './write-objects.ts'

/** One process after the other, so that what fails is told by its name; then the former ones are told to end. */
export async function rollProcesses(action: ReleaseAction): Promise<void> {
  const { place, writer } = action
  for (const manifest of await buildProcesses(writer, place))
    await bringUp(action, manifest.process, manifest.deployment)
  if (place.settings.manifests !== undefined)
    await rollBeside(action, (await buildManifests(writer, place, await readState(action))).beside)
  await endProcesses(action, (one) => !isWanted(place, place.revision, one))
  await endCronJobs(action, (revision) => revision !== place.revision)
}

/** What the release's processes are made of; of those that are to have no replica nothing is. */
export async function buildProcesses(
  reader: NamespaceReader,
  release: KubernetesRelease,
): Promise<{ process: string; deployment: ManifestOf<'Deployment'> }[]> {
  const wanted = listProcesses(release.settings).filter(({ replicas }) => replicas > 0)
  if (wanted.length === 0) return []
  const facts = await readFacts(reader, release)
  return wanted.map(({ name }) => ({ process: name, deployment: buildProcess(release, name, facts) }))
}

/** What of a cluster goes into the K8sDeployment of a process. */
export async function readFacts(reader: NamespaceReader, release: KubernetesRelease): Promise<ManifestFacts> {
  return {
    minor: (await reader.readCapabilities()).minor,
    envSecret: await nameEnvSecret(release),
    defaultMemory: await readDefaultMemory(reader, release),
    aliases: [...(await readAliases(reader, release)), ...(await readLinkAliases(reader, release))],
  }
}

/** @throws FailureError `policy-violation` where its name is another's */
export async function refuseTaken(
  reader: NamespaceReader,
  release: KubernetesRelease,
  { kind, metadata }: ManifestOf<'Deployment'>,
): Promise<void> {
  const found = await reader.get('Deployment', metadata.name)
  if (found && !belongsTo(found, release)) throw refuseStranger({ kind, metadata: found.metadata })
}

async function bringUp(action: ReleaseAction, process: string, deployment: ManifestOf<'Deployment'>): Promise<void> {
  const { place, writer } = action
  const { name } = deployment.metadata
  await refuseTaken(writer, place, deployment)
  const { replicas } = openProcess(place, process).settings
  const present = await findOwn(action, process)
  // What another version of Stevedore wrote for this very revision is left as it is where it works.
  if (!present || !servesAsApplied(present, place.revision)) await writer.apply(deployment, true)
  await writer.change('Deployment', name, ({ spec }) =>
    spec.replicas === replicas ? undefined : { spec: { replicas } },
  )
  await awaitUp(action, process, replicas)
}

/** Until their pods are told to end: how long each then takes is its own grace period, which the cluster sees to. */
export async function endProcesses(action: Action, isOver: (one: ProcessWorkload) => boolean): Promise<void> {
  const { place, writer, context } = action
  const { reportStopped } = createReplicaReporter(context)
  const before = await readProcesses(writer, place)
  const over = before.filter(isOver)
  if (over.length === 0) return
  reportStopped(before)
  for (const { deployment } of over) {
    await writer.remove('Deployment', deployment.metadata.name)
    context.log(`Deployment ${deployment.metadata.name} removed`)
  }
  const ended = new Set(over.flatMap(({ pods }) => pods.map(({ metadata }) => metadata.name)))
  await awaitState(action, async () => {
    const pods = await writer.list('Pod', { labels: processLabels(place) })
    return pods.every(({ metadata }) => metadata.deletionTimestamp || !ended.has(metadata.name))
  })
  reportStopped(before.filter((one) => !over.includes(one)))
}
