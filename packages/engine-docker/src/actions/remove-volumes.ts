import type { Place, WorkContext } from '@stevedore/engine'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { placeFilter } from '../spec/labels.ts'
import { volumeName } from '../spec/volume.ts'
import { listPlaceVolumes } from '../state/volumes.ts'
import { removeContainer } from './containers.ts'

/** All volumes of a place with what is in them, also those that have left its settings. Nothing of it may run any more. */
export async function removeVolumes(host: Host, place: Place, context: WorkContext): Promise<void> {
  const { docker, network } = host
  await removeOpeners(host, place, context)
  for (const name of await listPlaceVolumes(host, place, context.signal)) {
    await context.fence()
    await callEngine(() =>
      docker
        .getVolume(volumeName(network, place, name))
        .remove()
        .catch(ignoreStatus(404)),
    )
    context.log(`volume ${volumeName(network, place, name)} removed`)
  }
}

/** What a lost worker left would hold the volumes. */
export async function removeOpeners(host: Host, place: Place, context: WorkContext): Promise<void> {
  const filters = placeFilter(host.network, place, 'volume-opener')
  for (const { Id } of await callEngine(() => host.docker.listContainers({ all: true, filters })))
    await removeContainer(host, Id, context)
}
