import { durationMs } from '@stevedore/contract'
import { type Place, pollUntil, type WorkContext } from '@stevedore/engine'
import type { Host } from '../host.ts'
import { type Route, routeKey } from '../proxy/route.ts'
import { dockerSettings } from '../spec/container.ts'
import { isRunning, listReplicas, type ReplicaContainer } from '../state/replicas.ts'
import { removeContainer, stopContainer } from './stop.ts'

/** Takes all but `count` replicas of a revision out of the route, drains them, stops and removes them. */
export async function scaleDown(
  host: Host,
  place: Place,
  revision: number,
  count: number,
  context: WorkContext,
): Promise<void> {
  const own = (await listReplicas(host, place, context.signal)).filter((replica) => replica.revision === revision)
  const ranked = rankReplicas(own)
  const [staying, leaving] = [ranked.slice(0, count), ranked.slice(count)]
  const keep = new Set(staying.map(({ server }) => server.name))
  await takeOut(host, place, (server) => server.revision === revision && !keep.has(server.name), context)
  await stopAll(host, leaving, context)
}

/** Those that stay longest first: what runs, by its number. */
export function rankReplicas(replicas: ReplicaContainer[]): ReplicaContainer[] {
  return replicas.toSorted((a, b) => Number(isRunning(b)) - Number(isRunning(a)) || Number(a.part) - Number(b.part))
}

/** Drains servers, then drops them from the route; also those whose container is gone. */
export async function takeOut(
  host: Host,
  place: Place,
  isLeaving: (server: Route['servers'][number]) => boolean,
  context: WorkContext,
): Promise<void> {
  const route = (await host.proxy.readRoutes())[routeKey(place)]
  const leaving = route?.servers.filter(isLeaving) ?? []
  if (!route || leaving.length === 0) return
  await host.proxy.start(context)
  const rest = withoutServers(route, isLeaving)
  // A successor of a worker that was lost from here on finds them marked, and drains them in its turn.
  const drained = leaving.map((server) => ({ ...server, leaving: true }))
  await host.proxy.setRoute({ ...rest, servers: [...rest.servers, ...drained] }, context)
  const names = leaving.map(({ name }) => name)
  await drain(host, place, route, names, context)
  await host.proxy.setRoute(rest, context)
}

function withoutServers(route: Route, isLeaving: (server: Route['servers'][number]) => boolean): Route {
  const servers = route.servers.filter((server) => !isLeaving(server))
  const left = new Set(servers.map(({ revision }) => revision))
  const traffic = Object.fromEntries(Object.entries(route.traffic).filter(([revision]) => left.has(Number(revision))))
  return { ...route, traffic, servers }
}

/** Waits for the requests of servers to end; what is left when the time is up, such as WebSockets, is closed. */
export async function drain(
  host: Host,
  place: Place,
  route: Route,
  names: string[],
  context: WorkContext,
): Promise<void> {
  const { signal } = context
  const isIdle = async () => (await host.proxy.isIdle(route, names, signal)) || undefined
  const deadlineMs = durationMs(dockerSettings(place).drain)
  const done = await pollUntil(isIdle, { deadlineMs, intervalMs: 200, signal })
  if (!done) await host.proxy.closeSessions(route, names, context)
}

export async function stopAll(host: Host, leaving: ReplicaContainer[], context: WorkContext): Promise<void> {
  await Promise.all(
    leaving.map(async (replica) => {
      if (isRunning(replica)) await stopContainer(host, replica.id, context)
      await removeContainer(host, replica.id, context)
      context.log(`${replica.name} removed`)
      context.event('replica.stopped', { replica: replica.name, revision: replica.revision, host: host.name })
    }),
  )
}
