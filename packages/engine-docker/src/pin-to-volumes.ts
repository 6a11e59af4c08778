import { FailureError, listVolumes } from '@stevedore/contract'
import type { Place } from '@stevedore/engine'
import type { Host } from './hosts.ts'
import { listPlaceVolumes } from './state/volumes.ts'

/** Data does not move: what has a volume runs where that is, and before there is one on the first. */
export async function pinToVolumes(hosts: Host[], place: Place): Promise<Host[]> {
  const [first] = hosts
  if (!first || hosts.length === 1 || listVolumes(place.settings).length === 0) return hosts
  for (const host of hosts) if ((await listPlaceVolumes(host, place)).length > 0) return [host]
  return [first]
}

/**
 * A volume that a host lacks may be on one that the settings no longer name: its place would begin without its data.
 * @throws FailureError `volume-fixed`
 */
export async function refuseElsewhere(chosen: Host[], all: Host[], place: Place): Promise<void> {
  if (listVolumes(place.settings).length === 0) return
  const isThere = async (host: Host) => (await listPlaceVolumes(host, place)).length > 0
  if ((await Promise.all(chosen.map(isThere))).includes(true)) return
  // One that does not answer keeps no other from being used.
  for (const host of all)
    if (!chosen.includes(host) && (await isThere(host).catch(() => false)))
      throw new FailureError('volume-fixed', {
        diagnosis: `its volumes are on ${host.name ?? 'the worker’s own engine'}: run it there, or move what is in them`,
      })
}
