import type { KubernetesObject, V1PodTemplateSpec } from '@kubernetes/client-node'
import { FailureError } from '@stevedore/contract'
import type { Kind } from '../client/kinds.ts'
import { findDifferences } from '../spec/difference.ts'
import { belongsTo, type KubernetesPlace, keys, nameObjects, nameSlot, type SlotName } from '../spec/names.ts'
import type { Blueprint } from '../spec/release-manifests.ts'
import { listSlots, type Picture } from '../state/place-state.ts'
import type { Work } from './action.ts'

type Found = KubernetesObject & { spec?: unknown }

/** Brings what stands around the pods to be as drawn, writing only what is not. */
export async function writeAround(work: Work, blueprint: Blueprint, picture: Picture): Promise<void> {
  const objects = await Promise.all(
    blueprint.around.map(async (object) => ({ object, found: await find(work, object) })),
  )
  for (const { object, found } of objects) {
    if (object.kind === 'Secret') await writeSecret(work, object, picture)
    else await writeObject(work, object, found)
  }
}

async function find({ writer }: Work, { kind, metadata, apiVersion }: KubernetesObject): Promise<Found | undefined> {
  return kind === 'Secret' ? undefined : writer.get(kind as Kind, metadata?.name ?? '', apiVersion)
}

/**
 * Secrets are written without being read, which needs no right to read them. One in use is there already and immutable; the
 * credential for pulling may have been renewed.
 */
async function writeSecret({ place, writer }: Work, object: KubernetesObject, picture: Picture): Promise<void> {
  const name = object.metadata?.name ?? ''
  const used = listSlots(picture).some(({ deployment }) => listSecrets(deployment).includes(name))
  if (!used || name === nameObjects(place).pullSecret) await writer.apply(object, true)
}

async function writeObject({ place, writer }: Work, object: Found, found: Found | undefined): Promise<void> {
  if (found && !isOurs(found, object, place)) return
  const wanted = stamp(object)
  if (!found || !isWritten(wanted, found)) await writer.apply(wanted, true)
}

/** A Service of others is used as it stands; anything else of others in our place is not overwritten unless that is asked for. */
function isOurs(found: KubernetesObject, object: KubernetesObject, place: KubernetesPlace): boolean {
  if (belongsTo(found, place) || (place.settings.force && object.kind !== 'Service')) return true
  if (object.kind === 'Service') return false
  throw new FailureError('field-conflict', {
    diagnosis: `${object.kind} ${object.metadata?.name} was made by others; force: true takes it over`,
  })
}

function stamp(object: Found): Found {
  if (object.spec === undefined) return object
  const annotations = { ...object.metadata?.annotations, [keys.applied]: JSON.stringify(object.spec) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

/** As applied last, and nobody changed it since. A field that is no longer wanted shows in the first, one changed by hand in the second. */
function isWritten(wanted: Found, found: Found): boolean {
  const applied = (object: Found) => object.metadata?.annotations?.[keys.applied]
  const { metadata, ...fields } = wanted
  return (
    applied(wanted) === applied(found) &&
    findDifferences({ ...fields, metadata: { labels: metadata?.labels } }, found).length === 0
  )
}

/** @returns whether anything had to be written */
export async function writeSlot(
  { writer }: Work,
  blueprint: Blueprint,
  slot: SlotName,
  picture: Picture,
): Promise<boolean> {
  const wanted = blueprint.deployments[slot]
  const found = picture[slot]?.deployment
  if (found && isWritten(wanted as Found, found as Found)) return false
  await writer.apply(wanted, slot === 'next' || blueprint.force)
  return true
}

/** Sets the size of a slot, up or down. */
export async function resize({ place, writer }: Work, slot: SlotName, count: number): Promise<void> {
  await writer.change('Deployment', nameSlot(place, slot), ({ spec }) =>
    spec?.replicas === count ? undefined : { spec: { replicas: count } },
  )
}

/** The Secret objects that pods of a template take the release's secrets and the credential from. */
export function listSecrets({ spec }: { spec?: { template?: V1PodTemplateSpec } }): string[] {
  const pod = spec?.template?.spec
  const env = (pod?.containers ?? []).flatMap((container) => container.env ?? [])
  const pull = (pod?.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []))
  return [...new Set([...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []), ...pull])]
}

/** Removes an object unless it was made by others or for another place. */
export async function removeOwn({ place, writer }: Work, kind: Kind, name: string, version?: string): Promise<void> {
  const found = await writer.get(kind, name, version)
  if (found && belongsTo(found, place)) await writer.remove(kind, name, version)
}
