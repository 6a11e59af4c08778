import { listVolumes, type Volume } from '@stevedore/contract'
import { labelKeys, type Place } from '@stevedore/engine'
import type Docker from 'dockerode'
import { placeLabels } from './labels.ts'

/**
 * `stevedore.shop.production.uploads` in the network `stevedore`: no part has a dot, so no two places share one. It says nothing of a
 * revision, since it outlives each.
 */
export function volumeName(network: string, { app, environment }: PlaceName, name: string): string {
  return `${network}.${app}.${environment}.${name}`
}

type PlaceName = Pick<Place, 'app' | 'environment'>

/** Whose a volume is, and what its place calls it. */
export function volumeLabels(network: string, place: PlaceName, name: string): Record<string, string> {
  return { ...placeLabels(network, place, 'volume'), [labelKeys.volume]: name }
}

/** What an image has at a path is brought when the volume is made, and by no container after that. */
export function mountVolumes(network: string, place: Place): Docker.MountSettings[] {
  return listVolumes(place.settings).map((volume) => mountVolume(network, place, volume, { isFilled: true }))
}

export function mountVolume(
  network: string,
  place: Place,
  { name, path }: Volume & { name: string },
  { isFilled }: { isFilled: boolean },
): Docker.MountSettings {
  return {
    Type: 'volume',
    Source: volumeName(network, place, name),
    Target: path,
    VolumeOptions: {
      NoCopy: isFilled,
      Labels: volumeLabels(network, place, name),
      DriverConfig: { Name: 'local', Options: {} },
    },
  }
}
