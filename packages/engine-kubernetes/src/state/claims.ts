import { listVolumes } from '@stevedore/contract'
import { ApiError } from '../client/api-error.ts'
import type { NamespaceReader } from '../client/namespace.ts'
import { type Claim, nameClaim } from '../spec/claims.ts'
import { keys, objectLabels } from '../spec/labels.ts'
import type { KubernetesPlace } from '../spec/place.ts'

/** What has the names of a place's claims, whoever made it. */
export async function readClaims(reader: NamespaceReader, place: KubernetesPlace): Promise<Claim[]> {
  const names = listVolumes(place.settings).map(({ name }) => nameClaim(place, name))
  const found = await Promise.all(names.map((name) => reader.get('PersistentVolumeClaim', name)))
  return found.filter((claim) => claim !== undefined)
}

/** A place's own claims, also those that have left its settings. */
export async function listOwnClaims(reader: NamespaceReader, place: KubernetesPlace): Promise<Claim[]> {
  try {
    return await reader.list('PersistentVolumeClaim', { labels: objectLabels(place) })
  } catch (error) {
    // A Role from before there were volumes does not let it look: then Stevedore made none there.
    const isUnasked = listVolumes(place.settings).length === 0
    if (isUnasked && error instanceof ApiError && error.status === 403) return []
    throw error
  }
}

/** The names of its volumes, as settings have them. */
export async function listVolumeNames(reader: NamespaceReader, place: KubernetesPlace): Promise<string[]> {
  const claims = await listOwnClaims(reader, place)
  return claims.flatMap(({ metadata }) => metadata.labels?.[keys.volume] ?? []).toSorted()
}
