import type { Place, TrafficSample } from '@stevedore/engine'
import type { Host } from '../hosts.ts'
import type { ServerStat } from '../proxy/admin-tables.ts'
import type { Route } from '../proxy/route.ts'

export async function sample(
  { proxy }: Host,
  place: Place,
  revision: number,
  signal: AbortSignal,
): Promise<TrafficSample | undefined> {
  const route = await proxy.findRoute(place)
  if (!route || !(await proxy.isRunning())) return undefined
  const seen = await proxy.readServers(route, signal)
  return seen && countSince(route, revision, seen)
}

/**
 * What a revision's servers did since the traffic last changed. A process of the proxy that started since then began at zero, so
 * the baseline holds for the one that it was read from alone.
 */
export function countSince(
  { servers, baseline }: Pick<Route, 'servers' | 'baseline'>,
  revision: number,
  seen: { pid: number; servers: ServerStat[] },
): TrafficSample {
  const before = baseline?.pid === seen.pid ? baseline.counts : {}
  const names = new Set(servers.filter((server) => server.revision === revision).map(({ name }) => name))
  let [requests, errors, timeMs] = [0, 0, 0]
  for (const stat of seen.servers.filter(({ name }) => names.has(name))) {
    const since = stat.requests - (before[stat.name]?.requests ?? 0)
    requests += since
    errors += stat.errors - (before[stat.name]?.errors ?? 0)
    timeMs += stat.responseMs * since
  }
  return { requests, errors, latencyMs: requests > 0 ? timeMs / requests : undefined }
}
