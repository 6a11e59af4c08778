import { listServices } from '@stevedore/contract'
import type { Change, Place } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import { listAllOfServices } from '../state/replicas.ts'
import { findOwnNetwork, hasOwnNetwork, nameOwnNetwork } from './join-network.ts'

/** The companions that are not there, and the network in which they and linked apps are found; what is there stays as it is. */
export async function previewServices(host: Host, place: Place, signal: AbortSignal): Promise<Change[]> {
  const declared = listServices(place.settings)
  if (!hasOwnNetwork(place)) return []
  const present = new Set((await listAllOfServices(host, place, signal)).map(({ service }) => service))
  const isThere = await findOwnNetwork(host, place)
  const network: Change = { action: 'create', object: `network ${nameOwnNetwork(host.network, place)}`, fields: [] }
  const made = declared.filter(({ name }) => !present.has(name))
  return [
    ...(isThere ? [] : [network]),
    ...made.map(({ name, image }): Change => {
      return { action: 'create', object: `companion ${name}`, fields: [{ field: 'image', to: image }] }
    }),
  ]
}
