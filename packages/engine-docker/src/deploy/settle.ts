import type { Place, Release, WorkContext } from '@stevedore/engine'
import { callEngine } from '../docker-error.ts'
import { routeKey } from '../proxy/route.ts'
import type { Host } from './host.ts'
import { labels, placeFilter } from './labels.ts'
import { removeContainer } from './remove-container.ts'
import { dockerSettings } from './replica-spec.ts'
import { listReplicas } from './replicas.ts'
import { routeTraffic } from './route-traffic.ts'
import { drain, scaleDown, stopAll, takeOut } from './scale-down.ts'

/** All traffic to the release, its wanted size, and nothing else but what is kept warm. */
export async function settle(host: Host, release: Release, keep: number[], context: WorkContext): Promise<void> {
  const staying = new Set([release.revision, ...keep])
  const traffic = (await host.proxy.readRoutes())[routeKey(release)]?.traffic ?? {}
  if (Object.keys(traffic).join() !== String(release.revision))
    await routeTraffic(host, release, { [release.revision]: 100 }, context)
  const replicas = await listReplicas(host, release, context.signal)
  for (const revision of new Set(replicas.map((replica) => replica.revision)))
    if (!staying.has(revision)) await scaleDown(host, release, revision, 0, context)
  await scaleDown(host, release, release.revision, dockerSettings(release).replicas, context)
  await dropLost(host, release, context)
  await removeMigrations(host, release, (revision) => !staying.has(revision), context)
}

/** Servers of the route whose container somebody else removed. */
async function dropLost(host: Host, place: Place, context: WorkContext): Promise<void> {
  const names = new Set((await listReplicas(host, place, context.signal)).map(({ server }) => server.name))
  await takeOut(host, place, (server) => !names.has(server.name), context)
}

async function removeMigrations(
  host: Host,
  place: Place,
  isOver: (revision: number) => boolean,
  context: WorkContext,
): Promise<void> {
  const filters = placeFilter(place, 'migration')
  const found = await callEngine(() => host.docker.listContainers({ all: true, filters }))
  for (const { Id, Labels } of found)
    if (isOver(Number(Labels[labels.revision]))) await removeContainer(host, Id, context)
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
