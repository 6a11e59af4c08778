import type { Place, WorkContext } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import { listAllOfProcesses, listAllOfServices, listAllReplicas } from '../state/replicas.ts'
import { removeFiles } from './bring-files.ts'
import { endLinks } from './bring-links.ts'
import { removeCommands } from './command.ts'
import { stopReplicas } from './containers.ts'
import { removeOwnNetwork } from './join-network.ts'
import { removeMigrations } from './migrate.ts'
import { removeVolumes } from './remove-volumes.ts'
import { drain } from './scale-down.ts'

/** The route goes first, so that nothing new arrives at what is about to stop; companions last: an app has work to end that needs them. */
export async function removePlace(
  host: Host,
  place: Place,
  context: WorkContext,
  { withData = false }: { withData?: boolean } = {},
): Promise<void> {
  const route = await host.proxy.findRoute(place)
  if (route) {
    await host.proxy.start(context)
    await host.proxy.removeRoute(place, context)
    await drain(host, place, route, route.servers, context)
  }
  const web = await listAllReplicas(host, place, context.signal)
  const processes = await listAllOfProcesses(host, place, context.signal)
  await stopReplicas(host, [...web, ...processes], context)
  await stopReplicas(host, await listAllOfServices(host, place, context.signal), context)
  await removeMigrations(host, place, () => true, context)
  await removeCommands(host, place, context)
  await removeFiles(host, place, () => true, context)
  await endLinks(host, place, [], context)
  await removeOwnNetwork(host, place, context)
  if (withData) await removeVolumes(host, place, context)
}
