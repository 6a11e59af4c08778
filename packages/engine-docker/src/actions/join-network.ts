import { listServices } from '@stevedore/contract'
import type { Place, WorkContext } from '@stevedore/engine'
import { callEngine, ignoreStatus } from '../failure/translate.ts'
import type { Host } from '../hosts.ts'
import { lockProxy } from '../proxy/lock.ts'
import { placeFilter, placeLabels } from '../spec/labels.ts'

/**
 * Puts a container that does not run yet into the network of its environment, where its companions are found by their names. Nothing leads
 * out of that network, and no other environment is in it. Where it is there already nothing changes.
 */
export async function joinOwnNetwork(host: Host, place: Place, id: string, context: WorkContext): Promise<void> {
  if (!place.service && listServices(place.settings).length === 0) return
  const network = host.docker.getNetwork(await ensureOwnNetwork(host, place, context))
  const EndpointConfig = place.service ? { Aliases: [place.service.name] } : {}
  await context.fence()
  // 403: it is in it.
  await callEngine(() => network.connect({ Container: id, EndpointConfig }).catch(ignoreStatus(403)))
}

/** Under the lock, since Docker may give the same name to two that are made at once. @returns its id */
async function ensureOwnNetwork(host: Host, place: Place, context: WorkContext): Promise<string> {
  const present = await findOwnNetwork(host, place)
  if (present) return present
  return lockProxy({ docker: host.docker, settings: host.proxySettings }, context, async (inner) => {
    const made = await findOwnNetwork(host, place)
    if (made) return made
    await inner.fence()
    return callEngine(() => createOwnNetwork(host, place))
  })
}

async function createOwnNetwork({ docker, network }: Host, place: Place): Promise<string> {
  const { id } = await docker.createNetwork({
    Name: nameOwnNetwork(network, place),
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
