import { labelKeys, type Place, type Release, type WorkContext } from '@stevedore/engine'
import { callEngine } from '../failure/translate.ts'
import type { Host } from '../host.ts'
import { routeKey } from '../proxy/route.ts'
import { dockerSettings } from '../spec/container.ts'
import { placeFilter } from '../spec/labels.ts'
import { listReplicas } from '../state/replicas.ts'
import { routeTraffic } from './route.ts'
import { drain, rankReplicas, stopAll, takeOut } from './scale-down.ts'
import { removeContainer } from './stop.ts'

/** All traffic to the release, its wanted size, and nothing else but what is kept warm. */
export async function settle(host: Host, release: Release, keep: number[], context: WorkContext): Promise<void> {
  const traffic = (await host.proxy.readRoutes())[routeKey(release)]?.traffic ?? {}
  if (Object.keys(traffic).join() !== String(release.revision))
    await routeTraffic(host, release, { [release.revision]: 100 }, context)
  const replicas = await listReplicas(host, release, context.signal)
  const own = replicas.filter(({ revision }) => revision === release.revision)
  const warm = replicas.filter(({ revision }) => keep.includes(revision) && revision !== release.revision)
  const staying = new Set([...rankReplicas(own).slice(0, dockerSettings(release).replicas), ...warm])
  // By name, so that servers whose container somebody else removed go as well.
  const names = new Set([...staying].map(({ server }) => server.name))
  await takeOut(host, release, (server) => !names.has(server.name), context)
  const leaving = replicas.filter((replica) => !staying.has(replica))
  await stopAll(host, leaving, context)
  const over = (revision: number) => revision !== release.revision && !keep.includes(revision)
  await removeMigrations(host, release, over, context)
}

async function removeMigrations(
  host: Host,
  place: Place,
  isOver: (revision: number) => boolean,
  context: WorkContext,
): Promise<void> {
  const filters = placeFilter(host.network, place, 'migration')
  const found = await callEngine(() => host.docker.listContainers({ all: true, filters }))
  for (const { Id, Labels } of found)
    if (isOver(Number(Labels[labelKeys.revision]))) await removeContainer(host, Id, context)
}

/** The route goes first, so that nothing new arrives at what is about to stop. */
export async function removePlace(host: Host, place: Place, context: WorkContext): Promise<void> {
  const route = (await host.proxy.readRoutes())[routeKey(place)]
  if (route) {
    await host.proxy.start(context)
    await host.proxy.removeRoute(place, context)
    await drain(
      host,
      place,
      route,
      route.servers.map(({ name }) => name),
      context,
    )
  }
  await stopAll(host, await listReplicas(host, place, context.signal), context)
  await removeMigrations(host, place, () => true, context)
}
