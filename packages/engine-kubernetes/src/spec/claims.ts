import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import { FailureError, listVolumes, memoryBytes, type Volume } from '@stevedore/contract'
import type { ManifestOf, ObjectOfKind } from '../client/kinds.ts'
import { belongsTo, keys, objectLabels } from './labels.ts'
import type { KubernetesPlace, PlaceName } from './place.ts'

export type Claim = ObjectOfKind['PersistentVolumeClaim']

/** `shop.production.uploads`: no part has a dot, so no two places share one, in whichever namespace. */
export function nameClaim({ app, environment }: PlaceName, volume: string): string {
  return `${app}.${environment}.${volume}`
}

/**
 * A place's claims, each for as much as it has already where that is more: an earlier revision that asks for less is returned to all the
 * same. How a claim is shared is fixed when it is made.
 * @param found those that are there
 * @throws FailureError `volume-taken` for one that is not the place's
 */
export function buildClaims(place: KubernetesPlace, found: readonly Claim[]): ManifestOf<'PersistentVolumeClaim'>[] {
  return listVolumes(place.settings).map((volume) => {
    const name = nameClaim(place, volume.name)
    const present = found.find(({ metadata }) => metadata.name === name)
    if (present && !belongsTo(present, place))
      throw new FailureError('volume-taken', {
        diagnosis: `PersistentVolumeClaim ${name} was made by others, and is left to them`,
      })
    return buildClaim(place, volume, present)
  })
}

function buildClaim(
  place: KubernetesPlace,
  { name, size = '', shared }: Volume & { name: string },
  present: Claim | undefined,
): ManifestOf<'PersistentVolumeClaim'> {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: nameClaim(place, name),
      namespace: place.settings.namespace,
      labels: { ...objectLabels(place), [keys.volume]: name },
    },
    spec: {
      accessModes: present?.spec.accessModes ?? [shared ? 'ReadWriteMany' : 'ReadWriteOnce'],
      resources: { requests: { storage: chooseSize(size, present?.spec.resources?.requests?.storage) } },
    },
  }
}

/** What another wrote in units that no spec has stays as it is. */
export function chooseSize(wanted: string, present: string | undefined): string {
  if (present === undefined) return wanted
  try {
    return memoryBytes(present) > memoryBytes(wanted) ? present : wanted
  } catch {
    return present
  }
}

export function buildClaimVolumes(place: KubernetesPlace): V1Volume[] {
  return listVolumes(place.settings).map(({ name }) => ({
    name: nameMount(name),
    persistentVolumeClaim: { claimName: nameClaim(place, name) },
  }))
}

export function buildClaimMounts({ settings }: Pick<KubernetesPlace, 'settings'>): V1VolumeMount[] {
  return listVolumes(settings).map(({ name, path }) => ({ name: nameMount(name), mountPath: path }))
}

/** A companion's volume has a dot, which no volume of a pod may have. */
function nameMount(volume: string): string {
  return `volume-${volume.replaceAll('.', '-')}`
}
