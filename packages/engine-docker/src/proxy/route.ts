import type { PortProtocol } from '@stevedore/contract'

/** A replica as the proxy knows it. */
export interface RouteServer {
  /** `r3-1`: the first replica of revision 3. */
  name: string
  revision: number
  /** An IPv4 address of the host's Stevedore network, which the replica keeps over restarts. */
  address: string
  port: number
  check: ServerCheck
  /** It speaks HTTP/2 and nothing else there. Of the server, since revisions may differ. */
  http2?: boolean
  /** Its ports behind further entrances, by the backend of each. */
  further?: Record<string, ServerPort>
  /** Gets nothing new, while what it has under way ends. */
  leaving?: boolean
  /** The server that this one stands in for; see `last-resort.ts`. Never stored. */
  lastResortOf?: string
}

export type ServerPort = Pick<RouteServer, 'port' | 'http2'>

export interface ServerCheck {
  /** Absent: a connection that opens is healthy. */
  path?: string
  /**
   * What is run inside the replica instead, by Stevedore alone: the proxy only asks for a connection. Null: nothing. Absent in
   * containers from before it was kept.
   */
  command?: string[] | null
  /** Once an answer was not good. */
  intervalMs: number
  /** While all is well. Absent in containers from before it was kept: as `intervalMs`. */
  steadyMs?: number
  timeoutMs: number
  /** Successes in a row that bring a replica back. */
  rise: number
}

/** What of a check is one for all servers of a backend. */
export type Resting = Pick<ServerCheck, 'path' | 'timeoutMs'>

/** Where traffic comes in: by names, by a port of the machine, or not at all. */
export interface RouteEntrance {
  /** The main name. */
  host?: string
  /** Further names; `*.example.com` stands for all names of one label more. */
  names?: string[]
  /** Names that send visitors on, each with the name to which. */
  redirects?: Record<string, string>
  port?: number
  /** Absent: http. */
  protocol?: PortProtocol
}

/** Where a place's traffic comes in, and where it goes: all that the proxy knows of it. */
export interface Route extends RouteEntrance {
  app: string
  environment: string
  /** The environments whose links may come in, as `APP/ENVIRONMENT`: each by a socket of its own. */
  callers?: string[]
  /** Ways into further ports of the same replicas. */
  further?: RouteEntrance[]
  /** Visitors stay on the replica that first answered, by a cookie. */
  sticky: boolean
  /** Percent of new requests by revision. */
  traffic: Record<number, number>
  servers: RouteServer[]
  /**
   * How the last ones were checked, while there are none: what comes in their place is mostly checked alike, and needs no reload then. A
   * reload would leave idle connections to a process that knows nobody any more.
   */
  resting?: Resting[]
  /** The counters of each server when the traffic last changed, as one worker of the proxy had them. */
  baseline?: Baseline
}

export interface Baseline {
  pid: number
  counts: Record<string, { requests: number; errors: number }>
}

export type RoutedPlace = Pick<Route, 'app' | 'environment'>

/** Unique among the places of a host: a name has no dot. */
export function routeKey({ app, environment }: RoutedPlace): string {
  return `${app}.${environment}`
}

/** Derived from what comes in, so that no two routes share one. `_`, which no host name has, stands for a wildcard. */
export function backendName(route: RouteEntrance & RoutedPlace): string {
  if (route.host) return `host.${route.host.replace('*', '_')}`
  return route.port ? `port.${route.port}` : `place.${routeKey(route)}`
}

/** Whether anything leads here. */
export function isRouted({ host, port, callers = [] }: Pick<Route, 'host' | 'port' | 'callers'>): boolean {
  return Boolean(host ?? port) || callers.length > 0
}

/**
 * A route as one for each of its entrances, the main one first. A further one has the servers that listen on its port, of which
 * nothing is known but that a connection opens.
 */
export function listBackends({ further = [], ...main }: Route): Route[] {
  const { app, environment, traffic } = main
  const resting = main.resting?.map(({ timeoutMs }) => ({ timeoutMs }))
  return [
    main,
    ...further.map((entrance) => {
      const backend = backendName({ ...entrance, app, environment })
      const servers = main.servers.flatMap((server) => toFurther(server, backend))
      const sticky = main.sticky && entrance.protocol !== 'tcp'
      return { ...entrance, app, environment, traffic, sticky, servers, ...(resting && { resting }) }
    }),
  ]
}

function toFurther(server: RouteServer, backend: string): RouteServer[] {
  const { further, http2: _, ...rest } = server
  const { path: __, command: ___, ...check } = server.check
  const port = further?.[backend]
  return port ? [{ ...rest, ...port, check }] : []
}

/** The names that an entrance serves, the main one first. */
export function listNames({ host, names = [] }: RouteEntrance): string[] {
  return [...(host ? [host] : []), ...names]
}

/** What no other place may have: the names and the ports that lead to a route. */
export function listClaims(route: Route): string[] {
  return listBackends(route).flatMap((entrance) => [
    ...[...listNames(entrance), ...Object.keys(entrance.redirects ?? {})].map((name) => `host ${name}`),
    ...(entrance.port ? [`port ${entrance.port}`] : []),
  ])
}
