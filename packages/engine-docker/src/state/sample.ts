import type { Place, TrafficSample } from '@stevedore/engine'
import type { Host } from '../host.ts'
import type { ServerStat } from '../proxy/admin-tables.ts'
import { type Route, routeKey } from '../proxy/route.ts'

export async function sample(
  { proxy }: Host,
  place: Place,
  revision: number,
  signal: AbortSignal,
): Promise<TrafficSample | undefined> {
  const route = (await proxy.readRoutes())[routeKey(place)]
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
  const counts = seen.servers
    .filter(({ name }) => names.has(name))
    .map(({ name, requests, errors, responseMs }) => ({
      requests: requests - (before[name]?.requests ?? 0),
      errors: errors - (before[name]?.errors ?? 0),
      responseMs,
    }))
  const requests = counts.reduce((sum, count) => sum + count.requests, 0)
  const errors = counts.reduce((sum, count) => sum + count.errors, 0)
  const timeMs = counts.reduce((sum, count) => sum + count.responseMs * count.requests, 0)
  return { requests, errors, latencyMs: requests > 0 ? timeMs / requests : undefined }
}
