import type { ServerStat } from './admin-tables.ts'
import { isRouted, type Route, type RouteServer } from './route.ts'

/**
 * Each server has a twin without checks that HAProxy uses only when every server of the backend is down. Checks may be wrong of all
 * at once (a database behind the health path, a slow minute): requests then still reach the app instead of a 503.
 */
const suffix = '.last-resort'

/** The servers of a route as HAProxy has them: each with its twin, where anything leads to them. */
export function withLastResorts(route: Route): RouteServer[] {
  if (!isRouted(route)) return route.servers
  return route.servers.flatMap((server) => [
    server,
    { ...server, name: `${server.name}${suffix}`, lastResortOf: server.name },
  ])
}

/** A twin has the weight of its server, so that revisions keep their shares. @param weights of the servers proper, by name */
export function weightOf(weights: Record<string, number>, { name, lastResortOf }: RouteServer): number {
  return weights[lastResortOf ?? name] ?? 0
}

/** What a server and its twin did together, under the server's name. */
export function foldLastResorts(stats: ServerStat[]): ServerStat[] {
  const twins = new Map(stats.filter(isTwin).map((twin) => [twin.name.slice(0, -suffix.length), twin]))
  const mains = stats.filter((stat) => !isTwin(stat))
  const present = new Set(mains.map(({ name }) => name))
  const lingering = [...twins].filter(([name]) => !present.has(name)).map(([name, twin]) => ({ ...twin, name }))
  return [...mains.map((main) => addTwin(main, twins.get(main.name))), ...lingering]
}

function isTwin({ name }: ServerStat): boolean {
  return name.endsWith(suffix)
}

function addTwin(main: ServerStat, twin: ServerStat | undefined): ServerStat {
  if (!twin) return main
  return {
    ...main,
    sessions: main.sessions + twin.sessions,
    requests: main.requests + twin.requests,
    errors: main.errors + twin.errors,
  }
}
