import { durationMs } from '@stevedore/contract'
import { type Place, pollUntil, type WorkContext } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import type { Route, RouteServer } from '../proxy/route.ts'
import { dockerSettings } from '../spec/container.ts'
import { isRunning, listAllOfProcesses, listAllReplicas, type ReplicaContainer } from '../state/replicas.ts'
import { stopReplicas } from './containers.ts'

/** Takes all but `count` replicas of a revision out of the route, drains them, stops and removes them; with the last its processes. */
export async function scaleDown(
  host: Host,
  place: Place,
  revision: number,
  count: number,
  context: WorkContext,
): Promise<void> {
  const own = (await listAllReplicas(host, place, context.signal)).filter((replica) => replica.revision === revision)
  const ranked = rankReplicas(own.filter(({ leaving }) => !leaving))
  const staying = ranked.slice(0, count)
  const leaving = own.filter((replica) => !staying.includes(replica))
  const keep = new Set(staying.map(({ server }) => server.name))
  await takeOut(host, place, (server) => server.revision === revision && !keep.has(server.name), context)
  const processes = count === 0 ? await listAllOfProcesses(host, place, context.signal) : []
  await stopReplicas(host, [...leaving, ...processes.filter((one) => one.revision === revision)], context)
}

/** Those that stay longest first: what runs, by its number. */
export function rankReplicas(replicas: ReplicaContainer[]): ReplicaContainer[] {
  return replicas.toSorted((a, b) => Number(isRunning(b)) - Number(isRunning(a)) || Number(a.part) - Number(b.part))
}

/** Drains servers, then drops them from the route; also those whose container is gone. */
export async function takeOut(
  host: Host,
  place: Place,
  isLeaving: (server: RouteServer) => boolean,
  context: WorkContext,
): Promise<void> {
  const route = await host.proxy.findRoute(place)
  const leaving = route?.servers.filter(isLeaving) ?? []
  if (!route || leaving.length === 0) return
  await host.proxy.start(context)
  const rest = withoutServers(route, isLeaving)
  // A successor of a worker that was lost from here on finds them marked, and drains them in its turn.
  const drained = leaving.map((server) => ({ ...server, leaving: true }))
  await host.proxy.setRoute({ ...rest, servers: [...rest.servers, ...drained] }, context)
  await drain(host, place, route, leaving, context)
  await host.proxy.setRoute(rest, context)
}

function withoutServers(route: Route, isLeaving: (server: RouteServer) => boolean): Route {
  const servers = route.servers.filter((server) => !isLeaving(server))
  const left = new Set(servers.map(({ revision }) => revision))
  const traffic = Object.fromEntries(Object.entries(route.traffic).filter(([revision]) => left.has(Number(revision))))
  const resting =
    servers.length === 0 ? route.servers.map(({ check: { path, timeoutMs } }) => ({ path, timeoutMs })) : []
  return { ...route, traffic, servers, ...(resting.length > 0 && { resting }) }
}

/** Waits for the requests of servers to end; what is left when the time is up, such as WebSockets, is closed. */
export async function drain(
  { proxy }: Host,
  place: Place,
  route: Route,
  servers: RouteServer[],
  context: WorkContext,
): Promise<void> {
  const { signal } = context
  const names = servers.map(({ name }) => name)
  const isIdle = async () => (await proxy.isIdle(route, names, signal)) || undefined
  const deadlineMs = durationMs(dockerSettings(place).drain)
  const done = await pollUntil(isIdle, { deadlineMs, intervalMs: 25, longestMs: 200, signal })
  if (!done) await proxy.closeSessions(route, names, context)
}
