import type { CronJob, ManifestOf } from '../client/kinds.ts'
import type { NamespaceReader, NamespaceWriter } from '../client/namespace.ts'
import type { BesideObject } from '../spec/beside.ts'
import { belongsTo, keys } from '../spec/labels.ts'
import type { KubernetesRelease } from '../spec/place.ts'
import { readCronJobs } from '../state/beside.ts'
import type { PlaceState } from '../state/place-state.ts'
import { readProcesses } from '../state/processes.ts'
import type { Action, ReleaseAction } from './action.ts'
import { awaitUp } from './await-up.ts'
import { markPods, returnPods } from './replace-pods.ts'
import { tryPod } from './try-pod.ts'
import { refuseStranger, servesAsApplied, stamp, tellOfChanges } from './write-objects.ts'

/** Deployments that are not there yet come up beside what serves, which may need them; those that are there change once it serves. */
export async function startBeside(action: ReleaseAction, beside: readonly BesideObject[]): Promise<void> {
  const { writer } = action
  for (const object of beside.filter(isDeployment))
    if (!(await writer.get('Deployment', object.metadata.name))) await writer.apply(object, true)
}

/**
 * All are written before any is waited for, since they may need each other; CronJobs come last, when what they work with is up. A restart
 * replaces the pods of all: its mark is no part of what is applied, so the next revision leaves alone what stays the same.
 */
export async function rollBeside(action: ReleaseAction, beside: readonly BesideObject[]): Promise<void> {
  const deployments = beside.filter(isDeployment)
  for (const object of deployments) {
    await write(action, object)
    if (action.place.again !== undefined) await markPods(action, object.metadata.name)
  }
  for (const { metadata, spec } of deployments) await awaitUp(action, metadata.name, spec.replicas)
  for (const object of beside.filter(isCronJob)) await writeCronJob(action, object)
}

/** What another version of Stevedore wrote for this very revision is left as it is where it works. */
async function write(action: ReleaseAction, object: ManifestOf<'Deployment'>): Promise<void> {
  const { place, writer } = action
  await refuseTakenBeside(writer, place, object)
  const processes = await readProcesses(writer, place)
  const present = processes.find(({ deployment }) => deployment.metadata.name === object.metadata.name)
  if (!present || !servesAsApplied(present, place.revision)) await writer.apply(object, true)
  else await resizeBeside(writer, object)
  if (present && place.again === undefined) await returnPods(action, present)
}

async function resizeBeside(writer: NamespaceWriter, { metadata, spec: { replicas } }: ManifestOf<'Deployment'>) {
  if (replicas === undefined) return
  await writer.change('Deployment', metadata.name, ({ spec }) =>
    spec.replicas === replicas ? undefined : { spec: { replicas } },
  )
}

async function writeCronJob({ place, writer, context }: ReleaseAction, object: ManifestOf<'CronJob'>): Promise<void> {
  await refuseTakenBeside(writer, place, object)
  const found = await writer.get('CronJob', object.metadata.name, object.apiVersion)
  // One that somebody holds back meanwhile is not set going by a change of something else.
  if (found && isOfRevision(found, place.revision)) return
  if (found) tellOfChanges(context, object, found)
  await writer.apply(stamp(object), true)
}

/** @throws FailureError `policy-violation` where its name is another's */
async function refuseTakenBeside(
  reader: NamespaceReader,
  place: KubernetesRelease,
  { kind, apiVersion, metadata }: BesideObject,
): Promise<void> {
  const found = await reader.get(kind, metadata.name, apiVersion)
  if (found && !belongsTo(found, place)) throw refuseStranger({ kind, metadata: found.metadata })
}

/** As a dry run, with a pod of each Deployment that is new: room and rules of the namespace are judged only when a pod is made. */
export async function rehearseBeside(
  reader: NamespaceReader,
  release: KubernetesRelease,
  beside: readonly BesideObject[],
): Promise<void> {
  for (const object of beside) {
    await refuseTakenBeside(reader, release, object)
    await reader.dryRun(object, true)
    if (isDeployment(object) && !(await reader.get('Deployment', object.metadata.name)))
      await tryPod(reader, object.metadata.name, object.spec.template)
  }
}

/** Those that the revision no longer brings. */
export async function endCronJobs(action: Action, isOver: (revision: number) => boolean): Promise<void> {
  const { place, writer, context } = action
  for (const { metadata } of await readCronJobs(writer, place)) {
    if (!isOver(Number(metadata.labels?.[keys.revision]))) continue
    await writer.remove('CronJob', metadata.name, (await writer.readCapabilities()).cron)
    context.log(`CronJob ${metadata.name} removed`)
  }
}

/** A deploy ended with some revision here, to which its manifests' objects go back; those of a first one have nothing to go back to. */
export function hasFormer({ main, next }: PlaceState): boolean {
  const sets = [main, next].flatMap((workload) => workload?.replicaSets ?? [])
  return sets.some(({ metadata }) => metadata.annotations?.[keys.finalized] !== undefined)
}

function isDeployment(object: BesideObject): object is ManifestOf<'Deployment'> {
  return object.kind === 'Deployment'
}

function isCronJob(object: BesideObject): object is ManifestOf<'CronJob'> {
  return object.kind === 'CronJob'
}

function isOfRevision({ metadata }: CronJob, revision: number): boolean {
  return metadata.labels?.[keys.revision] === String(revision)
}
