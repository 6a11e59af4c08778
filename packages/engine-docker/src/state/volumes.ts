import { FailureError, listVolumes } from '@stevedore/contract'
import { labelKeys, type Place } from '@stevedore/engine'
import type Docker from 'dockerode'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { placeFilter } from '../spec/labels.ts'
import { volumeLabels, volumeName } from '../spec/volume.ts'

/** What a host has of a place's volumes, by the names of its settings, with those that have left them. */
export async function listPlaceVolumes(host: Host, place: Place, signal?: AbortSignal): Promise<string[]> {
  const filters = placeFilter(host.network, place, 'volume')
  const list = () =>
    host.docker.listVolumes({ filters: JSON.stringify(filters), ...(signal && { abortSignal: signal }) })
  const { Volumes } = await callEngine(list, undefined, signal)
  const named = (Volumes ?? []).map(({ Name, Labels }) => ({ Name, name: Labels[labelKeys.volume] ?? '' }))
  // Who may make volumes may label them as well: what is not called as it says is nobody's of ours.
  return named.flatMap(({ Name, name }) => (Name === volumeName(host.network, place, name) ? name : [])).toSorted()
}

/** The volumes of the settings that a host does not have. @throws FailureError `volume-taken` for one that is not the place's */
export async function listAbsentVolumes(host: Host, place: Place): Promise<string[]> {
  const names = listVolumes(place.settings).map(({ name }) => name)
  const found = await Promise.all(names.map((name) => findVolume(host, place, name)))
  return names.filter((_name, index) => !found[index])
}

async function findVolume(host: Host, place: Place, name: string): Promise<Docker.VolumeInspectInfo | undefined> {
  const volume = host.docker.getVolume(volumeName(host.network, place, name))
  const found = await callEngine(() => volume.inspect().catch(ignoreStatus(404)))
  return found && requireOwn(found, host, place, name)
}

/** @throws FailureError `volume-taken` */
export function requireOwn<V extends Pick<Docker.VolumeInspectInfo, 'Name' | 'Labels'>>(
  found: V,
  { network }: Host,
  place: Place,
  name: string,
): V {
  const wanted = Object.entries(volumeLabels(network, place, name))
  if (wanted.every(([key, value]) => found.Labels?.[key] === value)) return found
  throw new FailureError('volume-taken', {
    diagnosis: `the volume ${found.Name} was made by others, and is left to them`,
  })
}
