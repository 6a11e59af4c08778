import type { ServerStat } from './admin-tables.ts'
import { weightOf, withLastResorts } from './last-resort.ts'
import { describeServer } from './place-config.ts'
import { backendName, type Route, type RouteServer } from './route.ts'
import { weighServers } from './weights.ts'

/**
 * The commands that bring a running worker to a route. Who gains comes before who loses, so that no moment is without a server; one
 * that left goes into maintenance and is deleted, which HAProxy refuses while it has connections: then it stays out until the
 * next reload.
 */
export function planCommands(route: Route, present: ServerStat[]): string[] {
  const weights = weighServers(route)
  const servers = withLastResorts(route)
  const stats = new Map(present.map((stat) => [stat.name, stat]))
  const gains = servers.toSorted((a, b) => weightOf(weights, b) - weightOf(weights, a))
  const staying = new Set(servers.map(({ name }) => name))
  const path = (name: string) => `${backendName(route)}/${name}`
  return [
    ...servers.flatMap((server) => admit(route, server, stats.get(server.name))),
    ...gains.flatMap((server) => weigh(route, server, weightOf(weights, server), stats.get(server.name))),
    ...present.filter(({ name }) => !staying.has(name)).flatMap(({ name }) => dismiss(path(name))),
  ]
}

function admit(route: Route, server: RouteServer, stat: ServerStat | undefined): string[] {
  const path = `${backendName(route)}/${server.name}`
  if (!stat)
    return [
      `add server ${path} ${describeServer(route, server)} weight 0`,
      ...enableHealth(route, server),
      `set server ${path} state ready`,
    ]
  const moved = stat.address !== `${server.address}:${server.port}`
  return moved ? [`set server ${path} addr ${server.address} port ${server.port}`] : []
}

/** What has no checks has none to enable. */
function enableHealth(route: Route, { name, lastResortOf }: RouteServer): string[] {
  return lastResortOf ? [] : [`enable health ${backendName(route)}/${name}`]
}

function weigh(route: Route, server: RouteServer, weight: number, stat: ServerStat | undefined): string[] {
  const path = `${backendName(route)}/${server.name}`
  const out = route.sticky && weight === 0
  const commands = stat?.weight === weight ? [] : [`set server ${path} weight ${weight}`]
  if (out) return stat?.status === 'MAINT' ? commands : [...commands, `set server ${path} state maint`]
  return stat?.status.startsWith('MAINT')
    ? [...commands, ...enableHealth(route, server), `set server ${path} state ready`]
    : commands
}

function dismiss(path: string): string[] {
  return [`set server ${path} state maint`, `del server ${path}`]
}

/** What of a route a worker does not serve as wanted; empty when it does. A server that left may linger in maintenance. */
export function findMismatches(route: Route, present: ServerStat[]): string[] {
  const weights = weighServers(route)
  const stats = new Map(present.map((stat) => [stat.name, stat]))
  const servers = withLastResorts(route)
  const wrong = servers.filter(
    (server) => !isAsWanted(server, weightOf(weights, server), route.sticky, stats.get(server.name)),
  )
  const names = new Set(servers.map(({ name }) => name))
  const strays = present.filter(({ name, status }) => !names.has(name) && !status.startsWith('MAINT'))
  return [...wrong, ...strays].map(({ name }) => name)
}

function isAsWanted(server: RouteServer, weight: number, sticky: boolean, stat: ServerStat | undefined): boolean {
  const out = sticky && weight === 0
  return (
    stat?.weight === weight &&
    stat.status.startsWith('MAINT') === out &&
    stat.address === `${server.address}:${server.port}`
  )
}
