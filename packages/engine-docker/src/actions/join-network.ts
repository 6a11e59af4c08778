import { listLinks, listServices } from '@stevedore/contract'
import type { Place, WorkContext } from '@stevedore/engine'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { placeFilter, placeLabels } from '../spec/labels.ts'
import { lockNetwork } from './ensure-network.ts'

/**
 * Puts a container that does not run yet into the network of its environment, where its companions are found by their names. Nothing leads
 * out of that network, and no other environment is in it. Where it is there already nothing changes.
 */
export async function joinOwnNetwork(host: Host, place: Place, id: string, context: WorkContext): Promise<void> {
  if (!place.service && !hasOwnNetwork(place)) return
  const network = host.docker.getNetwork(await ensureOwnNetwork(host, place, context))
  const EndpointConfig = place.service ? { Aliases: [place.service.name] } : {}
  await context.fence()
  // 403: it is in it.
  await callEngine(() => network.connect({ Container: id, EndpointConfig }).catch(ignoreStatus(403)))
}

/** With nothing that is found in it by a name there is none. */
export function hasOwnNetwork({ environment, settings }: Pick<Place, 'environment' | 'settings'>): boolean {
  return listServices(settings).length > 0 || listLinks(settings, environment).length > 0
}

/** Under the lock, since Docker may give the same name to two that are made at once. @returns its id */
export async function ensureOwnNetwork(host: Host, place: Place, context: WorkContext): Promise<string> {
  const present = await findOwnNetwork(host, place)
  if (present) return present
  return lockNetwork(host, context, async (inner) => {
    const made = await findOwnNetwork(host, place)
    if (made) return made
    await inner.fence()
    return callEngine(() => createOwnNetwork(host, place))
  })
}

async function createOwnNetwork({ docker, network }: Host, place: Place): Promise<string> {
  const { id } = await docker.createNetwork({
    Name: nameOwnNetwork(network, place),
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: true,
    Labels: placeLabels(network, place, 'own-network'),
  })
  return id
}

export function nameOwnNetwork(network: string, { app, environment }: Pick<Place, 'app' | 'environment'>): string {
  return `${network}.${app}.${environment}`
}

/** By its labels: a name alone does not say whose it is. */
export async function findOwnNetwork({ docker, network }: Host, place: Place): Promise<string | undefined> {
  const filters = placeFilter(network, place, 'own-network')
  const [found] = await callEngine(() => docker.listNetworks({ filters }))
  return found?.Id
}

/** Nothing of the place is in it any more. */
export async function removeOwnNetwork(host: Host, place: Place, { fence }: WorkContext): Promise<void> {
  const id = await findOwnNetwork(host, place)
  if (id === undefined) return
  await fence()
  await callEngine(() => host.docker.getNetwork(id).remove().catch(ignoreStatus(404)))
}
