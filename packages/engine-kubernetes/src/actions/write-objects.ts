import { FailureError } from '@stevedore/contract'
import type { Kind, Manifest } from '../client/kinds.ts'
import { findDifferences } from '../spec/difference.ts'
import { showValue } from '../spec/fields.ts'
import { belongsTo, isOfAnother, keys } from '../spec/labels.ts'
import { nameDeployment, nameObjects, type Slot } from '../spec/names.ts'
import type { KubernetesPlace } from '../spec/place.ts'
import type { ReleaseManifests } from '../spec/release-manifests.ts'
import { readApplied } from '../state/drift.ts'
import { findChanges } from '../state/object-drift.ts'
import { listWorkloads, type PlaceState } from '../state/place-state.ts'
import { countReady, listSecrets, type Workload } from '../state/workload.ts'
import type { Action, ReleaseAction } from './action.ts'

type Annotated = Pick<Manifest, 'metadata'>

/**
 * Brings what the pods and their route need to be as wanted, writing only what is not.
 * @param state of the place; absent: its Secret objects are written, whether they are in use or not
 */
export async function writeSupporting(
  action: Action,
  { supporting }: Pick<ReleaseManifests, 'supporting'>,
  state?: PlaceState,
): Promise<void> {
  const objects = await Promise.all(supporting.map(async (object) => ({ object, found: await find(action, object) })))
  for (const { object, found } of objects) {
    if (object.kind === 'Secret') await writeSecret(action, object, state)
    else await writeObject(action, object, found)
  }
}

async function find({ writer }: Action, { kind, metadata, apiVersion }: Manifest): Promise<Annotated | undefined> {
  return kind === 'Secret' ? undefined : writer.get(kind, metadata.name, apiVersion)
}

/**
 * Secrets are written without being read, which needs no right to read them; one of others is in conflict. One in use is there already
 * and immutable; the credential for pulling may have been renewed.
 */
async function writeSecret({ place, writer }: Action, object: Manifest, state?: PlaceState): Promise<void> {
  const { name } = object.metadata
  const isUsed = state && listWorkloads(state).some(({ deployment }) => listSecrets(deployment).includes(name))
  if (!isUsed || name === nameObjects(place).pullSecret) await writer.apply(object, place.settings.force)
}

async function writeObject(
  { place, writer, context }: Action,
  object: Manifest,
  found: Annotated | undefined,
): Promise<void> {
  if (found && !isOurs(found, object, place)) return
  const wanted = stamp(object)
  if (found && isWritten(wanted, found)) return
  if (found) tellOfChanges(context, object, found)
  await writer.apply(wanted, true)
}

/** What somebody changed by hand is put back, and who relies on it should read that here. */
export function tellOfChanges(
  { log }: Pick<Action['context'], 'log'>,
  { kind, metadata }: Manifest,
  found: Annotated,
): void {
  for (const { field, wanted, found: changed } of findChanges(found))
    log(
      `${kind} ${metadata.name} was changed by hand: ${field} goes from ${showValue(changed)} back to ${showValue(wanted)}`,
    )
}

/** A Service of others is used as it stands; anything else of others in our place is not overwritten unless that is asked for. */
function isOurs(found: Annotated, { kind, metadata }: Manifest, place: KubernetesPlace): boolean {
  if (isOfAnother(found, place)) throw refuseStranger({ kind, metadata: found.metadata })
  if (belongsTo(found, place) || (place.settings.force && kind !== 'Service')) return true
  if (kind === 'Service') return false
  throw new FailureError('field-conflict', {
    diagnosis: `${kind} ${metadata.name} was made by others; force: true takes it over`,
  })
}

/** What is another place's is not taken over, whatever is asked for. */
export function refuseStranger({
  kind,
  metadata: { name, labels = {} },
}: PlaceState['strangers'][number]): FailureError {
  const [app, environment] = [labels[keys.app], labels[keys.environment]]
  const whose = app ? `belongs to ${app} ${environment}` : 'was made by others'
  return new FailureError('policy-violation', { diagnosis: `${kind} ${name} ${whose}` })
}

/** With what is applied, by which a later change by hand is known. */
export function stamp<T extends Manifest>(object: T): T {
  if (object.spec === undefined) return object
  const annotations = { ...object.metadata.annotations, [keys.applied]: JSON.stringify(object.spec) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

/** As applied last, and nobody changed it since. A field that is no longer wanted shows in the first, one changed by hand in the second. */
function isWritten(wanted: Manifest, found: Annotated): boolean {
  const applied = ({ metadata }: Annotated) => metadata.annotations?.[keys.applied]
  const fields = { ...wanted, metadata: { labels: wanted.metadata.labels } }
  return applied(wanted) === applied(found) && findDifferences(fields, found).length === 0
}

/**
 * What another version of Stevedore wrote for this very revision, and nobody changed since, is left as it is where it works: pods that
 * serve are not replaced because this version would write them otherwise.
 */
export function servesAsApplied(workload: Workload, revision: number): boolean {
  if (countReady(workload) === 0) return false
  const applied = workload.revision === revision ? readApplied(workload) : undefined
  if (!applied) return false
  // How many there are is nothing that a pod is made of.
  const { replicas: _, ...spec } = applied
  return findDifferences({ spec }, { spec: workload.deployment.spec }).length === 0
}

/** @returns whether anything had to be written */
export async function writeDeployment(
  { place, writer }: ReleaseAction,
  { deployments, force }: ReleaseManifests,
  slot: Slot,
  state: PlaceState,
): Promise<boolean> {
  const found = state[slot]
  if (found && (isWritten(deployments[slot], found.deployment) || servesAsApplied(found, place.revision))) return false
  await writer.apply(deployments[slot], slot === 'next' || force)
  return true
}

/** Sets the size of a K8sDeployment, up or down. */
export async function resize({ place, writer }: Action, slot: Slot, count: number): Promise<void> {
  await writer.change('Deployment', nameDeployment(place, slot), ({ spec }) =>
    spec.replicas === count ? undefined : { spec: { replicas: count } },
  )
}

/** Removes an object unless it was made by others or for another place. */
export async function removeOwn({ place, writer }: Action, kind: Kind, name: string): Promise<void> {
  const found = await writer.get(kind, name)
  if (found && belongsTo(found, place)) await writer.remove(kind, name)
}
